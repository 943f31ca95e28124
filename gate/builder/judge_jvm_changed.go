package builder

import (
	"fmt"

	"bootgate/gate/finding"
)

// judgeJVMChange reports another Java, and other options of the JVM.
func judgeJVMChange(c Changes) []finding.Finding {
	var all []finding.Finding
	for _, change := range c.Of(PartJVM) {
		all = append(all, otherJVM(change))
	}
	if flags := c.Of(PartJVMFlag); len(flags) > 0 {
		all = append(all, changed("jvm-changed", "The options of the JVM are others than the baseline's: ", flags, ""))
	}
	return all
}

func otherJVM(c Change) finding.Finding {
	name := c.Subject()
	message := fmt.Sprintf("Java is another one than the baseline's: %s.", c)
	weighs := c.How == Down || c.How == Removed || c.Major
	switch {
	case c.How == Removed:
		message = fmt.Sprintf("There is no Java any more: the baseline has %s %s.", name, c.Old)
	case c.How == Added:
		message = fmt.Sprintf("There is a Java, %s %s, where the baseline has none.", name, c.New)
	case c.How == Down:
		message = fmt.Sprintf("Java is older than the baseline's: %s.", c)
	case c.Major:
		message = fmt.Sprintf("Java is of another release than the baseline's: %s.", c)
	case c.How == Up:
		message = fmt.Sprintf("Java is newer than the baseline's: %s.", c)
	}
	f := finding.New("jvm-changed", message)
	if weighs {
		f.Severity = finding.Warning
	}
	return f
}
