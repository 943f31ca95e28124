package diagnose

import (
	"path"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

var (
	// nativeFrame is a frame of a library or of the JVM: "V  [libjvm.so+0xed430c]  Unsafe_GetLong+0x12c".
	nativeFrame = lazyregexp.MustCompile(`^([VCv]) +\[([^\[\]]+?)(?: \(deleted\))?\+(0x[0-9a-f]+)\](?: +(\S.*))?$`)
	// javaFrame is a frame of Java code, compiled, ahead of time, or interpreted, or of a generated stub.
	javaFrame = lazyregexp.MustCompile(`^([JAjv]) +(?:(\d+)(%| )?(?:[ !bsn*]*)? *(?:(?:c1|c2|jvmci) )? *)?(\S.*)$`)
	// bareFrame is a frame of nothing known: "C  0x00007f2b3c0d2e70".
	bareFrame = lazyregexp.MustCompile(`^([VCJjvA]) +(0x[0-9a-f]+|\[0x[0-9a-f]+\])$`)
	// insideFrame is what remains of a frame of a library when another line was written into it.
	insideFrame = lazyregexp.MustCompile(`\[([\w.+@-]+\.(?:so|dylib|dll)[\w.]*|jna\d+\.tmp)\+(0x[0-9a-f]+)\](?: +([^\s\[].*))?`)
	// frameOffset is the place within a function, and what comes after it.
	frameOffset = lazyregexp.MustCompile(`\+0x[0-9a-f]+(?: +\([\w.+-]+:\d+\))?$`)
	// frameTail is what comes after a Java method: its module, size, place and the address.
	frameTail = lazyregexp.MustCompile(`(?:\+\d+)?(?: +[\w.]+@[\w.+-]+)?(?: +\(\d+ bytes\))?(?: +@ .*)?(?: +\[0x.*)?(?: +0x[0-9a-f]+)?$`)
)

// parseFrame reads a frame of a stack.
func parseFrame(text string) (finding.Frame, bool) {
	if len(text) < 3 || text[1] != ' ' || !strings.ContainsRune("VCJjvA", rune(text[0])) || strings.HasPrefix(text, fatalError) {
		return finding.Frame{}, false
	}
	f := finding.Frame{Kind: text[:1], Text: text}
	if m := nativeFrame.FindStringSubmatch(text); m != nil {
		f.Library, f.Offset, f.Symbol = path.Base(m[2]), m[3], nativeSymbol(m[4])
		return f, true
	}
	if m := bareFrame.FindStringSubmatch(text); m != nil {
		f.Offset = strings.Trim(m[2], "[]")
		return f, true
	}
	m := javaFrame.FindStringSubmatch(text)
	if m == nil {
		return finding.Frame{}, false
	}
	f.Symbol = frameTail.ReplaceAllString(m[4], "")
	return f, strings.ContainsAny(f.Symbol, ".(~:")
}

// brokenFrame reads what remains of a frame when another line was written into it.
func brokenFrame(text string) (finding.Frame, bool) {
	m := insideFrame.FindStringSubmatch(text)
	if m == nil {
		return finding.Frame{}, false
	}
	f := finding.Frame{Kind: "C", Library: m[1], Offset: m[2], Text: strings.TrimSpace(m[0])}
	if f.Library == "libjvm.so" || f.Library == "jvm.dll" || f.Library == "libjvm.dylib" {
		f.Kind = "V"
	}
	f.Symbol = nativeSymbol(m[3])
	return f, true
}

// nativeSymbol is a function without the place within it, and without the warning that another thread may have written
// right behind it.
func nativeSymbol(text string) string {
	text, _, _ = strings.Cut(text, "WARNING: ")
	text, _, _ = strings.Cut(text, "[thread ")
	return frameOffset.ReplaceAllString(text, "")
}
