package report

import (
	"strings"

	"bootgate/gate/lazyregexp"
)

// zeroWidth is put inside what GitHub would otherwise turn into a mention, a reference, a link or a picture. Cleaned
// text has none of its own, and Markdown has no escape that survives GitHub's later passes over the rendered page.
const zeroWidth = "\u200b"

// Where GitHub makes links and pictures of plain text: autolinks of GitHub Flavored Markdown, section 6.9; mentions,
// references and emoji codes of https://docs.github.com/en/get-started/writing-on-github.
var (
	mention   = lazyregexp.MustCompile(`@([0-9A-Za-z_])`)
	reference = lazyregexp.MustCompile(`(#|(?i:\bgh-))([0-9])`)
	autolink  = lazyregexp.MustCompile(`(?i)((?:https?|ftp)://|www\.|(?:mailto|xmpp):)`)
	emoji     = lazyregexp.MustCompile(`:([0-9A-Za-z_+-]+)(:|$)`) // at the end too: a colon may follow
)

// unlink breaks mentions, references, links and emoji codes apart.
func unlink(text string) string {
	if !strings.ContainsAny(text, "@#:.-") {
		return text
	}
	text = mention.ReplaceAllString(text, "@"+zeroWidth+"$1")
	text = reference.ReplaceAllString(text, "$1"+zeroWidth+"$2")
	text = autolink.ReplaceAllStringFunc(text, func(s string) string { return s[:len(s)-1] + zeroWidth + s[len(s)-1:] })
	for emoji.MatchString(text) { // the colon that ends one code may begin the next
		text = emoji.ReplaceAllString(text, ":"+zeroWidth+"$1$2")
	}
	return text
}

// proseEscapes take the meaning from every character that Markdown, HTML, a table or GitHub's mathematics gives one in
// the middle of a line. The pipe is an entity because a backslash before it does not hold in every cell.
var proseEscapes = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`, `~`, `\~`, `$`, `\$`, `#`, `\#`, `!`, `\!`,
	`<`, `&lt;`, `>`, `&gt;`, `&`, `&amp;`, `|`, `&#124;`,
)

// markdownProse renders a cleaned line as plain text in the middle of a line of Markdown. Parts between two single
// backticks become code, as remedies write commands.
func markdownProse(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "`")
		code, after, closed := strings.Cut(rest, "`")
		if !found || !closed || code != strings.TrimSpace(code) || strings.ContainsAny(code, `|\`) || code == "" {
			break
		}
		b.WriteString(proseEscapes.Replace(unlink(before)))
		b.WriteString("`" + code + "`")
		text = after
	}
	b.WriteString(proseEscapes.Replace(unlink(text)))
	return b.String()
}

// markdownCode renders a cleaned line as a code span, with a fence longer than any run of backticks in it: CommonMark
// 0.31, section 6.1.
func markdownCode(text string) string {
	if text == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(text)+1)
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return fence + text + fence
}

// cell renders a cleaned line as code in a table. A row is parted at its pipes before code spans are looked for, so
// text with a pipe or a backslash becomes escaped text instead.
func cell(text string) string {
	if strings.ContainsAny(text, "|\\`") {
		return markdownProse(text)
	}
	return markdownCode(text)
}

// htmlEscapes keep text inside an element.
var htmlEscapes = strings.NewReplacer(`&`, `&amp;`, `<`, `&lt;`, `>`, `&gt;`, `"`, `&quot;`, `'`, `&#39;`)

// htmlText renders a cleaned line inside an HTML element.
func htmlText(text string) string { return htmlEscapes.Replace(unlink(text)) }

// writeFence writes cleaned lines as a block of code, with a fence longer than any run of backticks in it: CommonMark
// 0.31, section 4.5. It writes nothing when there are none.
func writeFence(out *strings.Builder, lines []string) {
	if len(lines) == 0 {
		return
	}
	longest := 2
	for _, line := range lines {
		longest = max(longest, longestRun(line))
	}
	fence := strings.Repeat("`", longest+1)
	out.WriteString(fence + "text\n")
	for _, line := range lines {
		out.WriteString(harmless(line) + "\n")
	}
	out.WriteString(fence + "\n\n")
}

// longestRun returns the length of the longest run of backticks.
func longestRun(text string) int {
	longest, run := 0, 0
	for i := range len(text) {
		if text[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
