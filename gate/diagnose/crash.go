package diagnose

import (
	"maps"
	"path"
	"slices"

	"bootgate/gate/finding"
)

// findCrash reads the JVM's report of its own end, from the files it left and from what it printed; nil when there is
// none. A file tells more than the header in the output, and the output tells where the file was written.
func findCrash(d Death, output []Line) *crash {
	c := bestCrash(d, output)
	if c != nil {
		c.findLastWords(output)
		c.pickUp(output)
	}
	return c
}

// pickUp takes the options that the JVM said it found in its environment, where the error file does not list any.
func (c *crash) pickUp(output []Line) {
	if c.has[partCommand] {
		return
	}
	for _, l := range output[:max(0, min(c.index, len(output)))] {
		if m := pickedUpLine.FindStringSubmatch(l.Text); m != nil {
			c.addOptions(m[1])
		}
	}
}

// bestCrash chooses among what was printed and the files.
func bestCrash(d Death, output []Line) *crash {
	printed := readPrinted(output)
	var best *crash
	for _, file := range d.Files {
		c := readCrash(textLines(file.Text))
		if c == nil {
			continue
		}
		c.source, c.File, c.index = file.Path, file.Path, -1
		if best == nil || c.belongs(printed) || !best.belongs(printed) {
			best = c
		}
	}
	switch {
	case best == nil && printed != nil:
		return printed
	case best == nil || printed == nil:
		return best
	case !best.belongs(printed):
		return printed
	}
	best.merge(printed)
	return best
}

// readPrinted reads a report from the output. A JVM may write the header to one stream and the whole report to the other:
// where one cuts into the other, the lines of a stream by themselves tell more.
func readPrinted(output []Line) *crash {
	all := readCrash(output)
	if all == nil {
		return nil
	}
	streams := make(map[string][]Line)
	for _, l := range output {
		streams[l.Stream] = append(streams[l.Stream], l)
	}
	if len(streams) == 1 {
		return all
	}
	for _, name := range slices.Sorted(maps.Keys(streams)) {
		if one := readCrash(streams[name]); one != nil && one.belongs(all) && one.worth() >= all.worth() {
			one.merge(all)
			all = one
		}
	}
	return all
}

// worth weighs how much of a report there is: its parts, then the frames of its stacks.
func (c *crash) worth() int {
	return len(c.NativeFrames) + len(c.JavaFrames) - 1000*len(c.Missing)
}

// belongs reports whether a file is of the crash whose report was printed.
func (c *crash) belongs(printed *crash) bool {
	if printed == nil {
		return false
	}
	if printed.PID == 0 { // a refusal of memory prints no process id
		return c.Kind == printed.Kind || path.Base(c.File) == path.Base(printed.File)
	}
	return c.PID == printed.PID && c.Kind == printed.Kind
}

// merge adds what only the output has.
func (c *crash) merge(printed *crash) {
	if printed.File != "" {
		c.File = printed.File
	}
	c.header, c.source, c.index = printed.header, printed.source, printed.index
	c.reports, c.last = printed.reports, printed.last
	c.SentBy = either(c.SentBy, printed.SentBy)
	if c.Frame == nil {
		c.Frame = printed.Frame
	}
	c.Error = either(c.Error, printed.Error)
	c.bugs = either(c.bugs, printed.bugs)
	if c.JRE == "" {
		c.JRE, c.VM = printed.JRE, printed.VM
	}
	c.complete()
}

// evidence quotes the lines that name what happened, as they were printed.
func (c *crash) evidence() []finding.Evidence {
	var quoted []finding.Evidence
	if c.words != nil {
		quoted = append(quoted, c.words.evidence())
	}
	for _, l := range c.header {
		e := l.evidence()
		if c.source != "" {
			e.Source = c.source
		}
		quoted = append(quoted, e)
	}
	return quoted
}
