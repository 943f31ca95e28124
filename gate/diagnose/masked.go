package diagnose

import (
	"strings"

	"bootgate/gate/secret"
)

// Masked returns what is known without the values of what sounds secret: whatever is quoted of it can be shown. Options
// of a JVM that are no properties stay as they are.
func (d Death) Masked() Death {
	var lines secret.Lines
	clean := make([]Line, 0, len(d.Lines))
	for _, l := range d.Lines {
		l.Text = lines.Text(l.Stream+"\x00"+l.Service, visible(l.Text))
		clean = append(clean, l)
	}
	d.Lines = clean
	files := make([]File, 0, len(d.Files))
	for _, f := range d.Files {
		files = append(files, File{Path: f.Path, Text: secret.Block(f.Text)})
	}
	d.Files = files
	d.StartError = secret.Block(d.StartError)
	argv := make([]string, 0, len(d.Entrypoint))
	for _, arg := range d.Entrypoint {
		argv = append(argv, secret.Block(arg))
	}
	d.Entrypoint = argv
	return d
}

// visible cleans a line that has colours: they may stand between a name and its value.
func visible(text string) string {
	if strings.IndexByte(text, escape) < 0 {
		return text
	}
	return clean(text)
}
