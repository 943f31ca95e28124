package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
)

// Bounds of a file. A gate.yaml for thirty services has some 4000 tokens; the parser takes time that grows with the
// square of the number of keys in a mapping, and stack that grows with the depth.
const (
	maxFile   = 1 << 20 // bytes
	maxTokens = 20_000
	maxDepth  = 64
	// maxExpanded is how many values aliases and merge keys may add.
	maxExpanded = 10_000
)

// kind says what a node is.
type kind string

// The kinds, in the words of messages.
const (
	null     kind = "nothing"
	text     kind = "text"
	integer  kind = "a whole number"
	fraction kind = "a number"
	truth    kind = "true or false"
	sequence kind = "a list"
	mapping  kind = "a mapping"
)

// node is a value of the file with its place. Nodes are shared where the file has aliases; they are never changed.
type node struct {
	kind kind
	at   span
	// text is a scalar as it was written, without quotes.
	text    string
	items   []*node // of a sequence
	entries []entry // of a mapping, in the order of the file; keys differ
	// size counts the node and everything below it.
	size int
	// broken marks what stands for a value that could not be read.
	broken bool
}

// entry is a key with its value.
type entry struct {
	key   string
	at    span
	value *node
}

// get returns the value under a key.
func (n *node) get(key string) (entry, bool) {
	i := slices.IndexFunc(n.entries, func(e entry) bool { return e.key == key })
	if i < 0 {
		return entry{}, false
	}
	return n.entries[i], true
}

// follow walks down a path of keys and list positions as far as it goes. It returns the value it ends at and the place
// of the last key; a list position has the place of its value.
func (n *node) follow(path []string) (*node, span) {
	place := n.at
	for _, step := range path {
		next, ok := n.find([]string{step})
		if !ok {
			break
		}
		place = next.at
		if e, ok := n.get(step); ok {
			place = e.at
		}
		n = next
	}
	return n, place
}

// find returns the value at a path.
func (n *node) find(path []string) (*node, bool) {
	for _, step := range path {
		if e, ok := n.get(step); ok {
			n = e.value
			continue
		}
		i, err := strconv.Atoi(step)
		if err != nil || i < 0 || i >= len(n.items) {
			return nil, false
		}
		n = n.items[i]
	}
	return n, true
}

// json returns the value as JSON. Plain numbers that JSON knows stay numbers with the digits they were written with;
// any other is text.
func (n *node) json() []byte {
	switch n.kind {
	case null:
		return []byte("null")
	case truth:
		return []byte(strings.ToLower(n.text))
	case integer, fraction:
		if json.Valid([]byte(n.text)) {
			return []byte(n.text)
		}
	case sequence:
		parts := make([][]byte, len(n.items))
		for i, item := range n.items {
			parts[i] = item.json()
		}
		return slices.Concat([]byte("["), bytes.Join(parts, []byte(",")), []byte("]"))
	case mapping:
		parts := make([][]byte, len(n.entries))
		for i, e := range n.entries {
			parts[i] = slices.Concat(quote(e.key), []byte(":"), e.value.json())
		}
		return slices.Concat([]byte("{"), bytes.Join(parts, []byte(",")), []byte("}"))
	}
	return quote(n.text)
}

func quote(s string) []byte {
	b, _ := json.Marshal(s) // a string cannot fail
	return b
}

// parseTree reads YAML. The tree is nil when the file is empty, or cannot be read, which is then a problem.
func parseTree(data []byte) (*source, *node) {
	src := &source{}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if len(data) > maxFile {
		src.add(span{}, fmt.Sprintf("the file is larger than %d bytes", maxFile), "")
		return src, nil
	}
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
	src.lines = strings.Split(string(data), "\n")
	if !utf8.Valid(data) {
		line := slices.IndexFunc(src.lines, func(l string) bool { return !utf8.ValidString(l) })
		src.add(span{line + 1, 1, 1}, "the file is not UTF-8 text", "save it as UTF-8")
		return src, nil
	}
	docs, err := parse(string(data))
	if err != nil {
		src.syntax(err)
		return src, nil
	}
	docs = slices.DeleteFunc(docs, func(d *ast.DocumentNode) bool {
		_, directive := d.Body.(*ast.DirectiveNode)
		return directive || d.Body == nil
	})
	switch {
	case len(docs) == 0:
		return src, nil
	case len(docs) > 1:
		place := span{1, 1, 1}
		if start := docs[1].Start; start != nil {
			place = span{start.Position.Line, start.Position.Column, len(start.Value)}
		}
		src.add(place, "a second document starts here: the file holds one", "remove the --- and what follows, or merge the two")
		return src, nil
	}
	c := newConverter(src)
	root := c.node(docs[0].Body, 0)
	c.markSecrets(root, 0)
	return src, root
}

// errTooLong is the only error of parse that has no place.
var errTooLong = fmt.Errorf("the file has more than %d parts, far more than a policy needs", maxTokens)

// parse runs the YAML parser. A parser that gives up on its input must not take the gate with it.
func parse(data string) (docs []*ast.DocumentNode, err error) {
	defer func() {
		if recover() != nil {
			docs, err = nil, errors.New("the file is not YAML that can be read")
		}
	}()
	tokens := lexer.Tokenize(data)
	if len(tokens) > maxTokens {
		return nil, errTooLong
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, err
	}
	return file.Docs, nil
}

// syntax notes what the YAML parser could not read.
func (s *source) syntax(err error) {
	var syntax *yaml.SyntaxError
	if !errors.As(err, &syntax) || syntax.Token == nil || syntax.Token.Position == nil {
		s.add(span{}, err.Error(), "")
		return
	}
	place := span{syntax.Token.Position.Line, syntax.Token.Position.Column, 1}
	// The parser stumbles over a tab at the line that has it or at the one before.
	for line := place.line; line <= min(place.line+1, len(s.lines)); line++ {
		if line < 1 {
			continue
		}
		content := s.lines[line-1]
		indent := content[:len(content)-len(strings.TrimLeft(content, " \t"))]
		if i := strings.IndexByte(indent, '\t'); i >= 0 && len(indent) < len(content) {
			s.add(span{line, i + 1, 1}, "a tab cannot indent YAML", "indent with spaces")
			return
		}
	}
	s.add(place, syntax.Message, "")
}
