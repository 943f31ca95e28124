package policy

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// converter makes nodes of a YAML syntax tree: it resolves aliases, merge keys and tags, and refuses keys that are
// there twice.
type converter struct {
	src     *source
	anchors map[string]*node
	// expanded counts the values that aliases and merge keys added.
	expanded int
	// tabbed holds the lines that have a tab, by number.
	tabbed map[int][]rune
}

func newConverter(src *source) *converter {
	c := &converter{src: src, anchors: map[string]*node{}, tabbed: map[int][]rune{}}
	for i, line := range src.lines {
		if strings.Contains(line, "\t") {
			c.tabbed[i+1] = []rune(line)
		}
	}
	return c
}

// nothing is a value that was left out.
func nothing(at span) *node { return &node{kind: null, at: at, size: 1} }

// broken notes a problem and returns what stands where the value should: nobody finds fault with that again.
func (c *converter) broken(at span, message string) *node {
	c.src.add(at, message, "")
	return &node{kind: null, at: at, size: 1, broken: true}
}

func (c *converter) node(n ast.Node, depth int) *node {
	if n == nil {
		return nothing(span{1, 1, 1})
	}
	at := c.place(n.GetToken())
	if depth > maxDepth {
		return c.broken(at, fmt.Sprintf("nested more than %d levels deep", maxDepth))
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return c.mapping(at, n.Values, depth)
	case *ast.MappingValueNode:
		return c.mapping(at, []*ast.MappingValueNode{n}, depth)
	case *ast.SequenceNode:
		out := &node{kind: sequence, at: at, size: 1}
		for _, item := range n.Values {
			child := c.node(item, depth+1)
			out.items = append(out.items, child)
			out.size += child.size
		}
		return out
	case *ast.AnchorNode:
		value := c.node(n.Value, depth+1)
		c.anchors[n.Name.GetToken().Value] = value
		return value
	case *ast.AliasNode:
		return c.alias(at, n)
	case *ast.TagNode:
		return c.tagged(at, n, depth)
	case *ast.LiteralNode:
		return scalarNode(text, at, n.Value.Value)
	case *ast.StringNode:
		return scalarNode(text, at, n.Value)
	case *ast.NullNode:
		return nothing(at)
	case *ast.BoolNode:
		return scalarNode(truth, at, n.GetToken().Value)
	case *ast.IntegerNode:
		return scalarNode(integer, at, n.GetToken().Value)
	case *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return scalarNode(fraction, at, n.GetToken().Value)
	}
	return c.broken(at, "this is no value")
}

func scalarNode(k kind, at span, value string) *node {
	return &node{kind: k, at: at, text: value, size: 1}
}

// place returns where a token is and how much of its first line it takes.
func (c *converter) place(t *token.Token) span {
	if t == nil || t.Position == nil || t.Position.Column < 1 {
		return span{}
	}
	shown, _, _ := strings.Cut(strings.TrimSpace(t.Origin), "\n")
	at := span{t.Position.Line, t.Position.Column, max(1, utf8.RuneCountInString(strings.TrimSpace(shown)))}
	// The parser counts a tab between a key and its value as part of the value.
	for line := c.tabbed[at.line]; at.column <= len(line) && line[at.column-1] == '\t'; {
		at.column++
	}
	return at
}

// mapping converts the entries of a mapping. What is written out goes before what a merge key brings, wherever the
// merge key stands (https://yaml.org/type/merge.html).
func (c *converter) mapping(at span, values []*ast.MappingValueNode, depth int) *node {
	out := &node{kind: mapping, at: at, size: 1}
	var merges []*node
	for i, v := range values {
		keyAt := c.place(v.Key.GetToken())
		if i == 0 && at.line > 0 && !v.IsFlowStyle {
			out.at = keyAt // a block mapping has no token of its own
		}
		if _, ok := v.Key.(*ast.MergeKeyNode); ok {
			merges = append(merges, c.node(v.Value, depth+1))
			continue
		}
		key, ok := c.key(v.Key, depth)
		value := c.node(v.Value, depth+1)
		if null, left := v.Value.(*ast.NullNode); left && null.Token.Type == token.ImplicitNullType {
			value.at = keyAt // what is not there has no place of its own
		}
		if !ok {
			c.src.add(keyAt, "a key must be text", "")
			continue
		}
		if first, twice := out.get(key); twice {
			c.src.add(keyAt, fmt.Sprintf("key %q is there twice, first in line %d", key, first.at.line), "")
			continue
		}
		out.entries = append(out.entries, entry{key, keyAt, value})
		out.size += value.size
	}
	for _, m := range merges {
		c.merge(out, m)
	}
	return out
}

// key returns the text of a key; ok is false for anything but a scalar.
func (c *converter) key(n ast.MapKeyNode, depth int) (key string, ok bool) {
	var inner ast.Node = n
	if m, explicit := n.(*ast.MappingKeyNode); explicit {
		inner = m.Value
	}
	k := c.node(inner, depth+1)
	return k.text, k.kind != null && k.kind != sequence && k.kind != mapping
}

// merge adds the entries of a mapping, or of each in a list of mappings, unless out has the key already.
func (c *converter) merge(out, from *node) {
	switch from.kind {
	case null: // the problem is noted, or there is nothing to merge
	case sequence:
		for _, item := range from.items {
			if item.kind == sequence {
				c.src.add(item.at, "<< takes a mapping or a list of mappings", "")
				continue
			}
			c.merge(out, item)
		}
	case mapping:
		for _, e := range from.entries {
			if _, there := out.get(e.key); there || !c.expand(from.at, e.value.size) {
				continue
			}
			out.entries = append(out.entries, e)
			out.size += e.value.size
		}
	default:
		c.src.add(from.at, "<< takes a mapping or a list of mappings", "")
	}
}

func (c *converter) alias(at span, n *ast.AliasNode) *node {
	name := n.Value.GetToken().Value
	at.width += utf8.RuneCountInString(name)
	value, ok := c.anchors[name]
	if !ok {
		// An anchor is known once its value has ended, so a value cannot contain itself.
		return c.broken(at, fmt.Sprintf("alias *%s has no anchor &%[1]s before it", name))
	}
	if !c.expand(at, value.size) {
		return &node{kind: null, at: at, size: 1, broken: true}
	}
	return value
}

// expand counts values that an alias or merge key adds, and reports whether that is still within bounds.
func (c *converter) expand(at span, size int) bool {
	if c.expanded > maxExpanded {
		return false // was noted
	}
	if c.expanded += size; c.expanded > maxExpanded {
		c.src.add(at, fmt.Sprintf("aliases add up to more than %d values", maxExpanded), "")
		return false
	}
	return true
}

// tagged converts a value with a tag. Only the tags of the core schema are known, and only !!str changes anything.
func (c *converter) tagged(at span, n *ast.TagNode, depth int) *node {
	value := c.node(n.Value, depth+1)
	switch tag := n.GetToken().Value; tag {
	case "!!str":
		if n.Value != nil && len(value.items)+len(value.entries) == 0 && value.kind != sequence && value.kind != mapping {
			written := value.text
			if value.kind == null {
				written = n.Value.GetToken().Value
			}
			return scalarNode(text, value.at, written)
		}
	case "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq":
	default:
		c.src.add(at, fmt.Sprintf("tag %s has no meaning here", tag), "")
	}
	return value
}

// markSecrets notes the places of everything under a key env:, so that no excerpt shows it.
func (c *converter) markSecrets(n *node, depth int) {
	if depth > maxDepth {
		return
	}
	for _, item := range n.items {
		c.markSecrets(item, depth+1)
	}
	for _, e := range n.entries {
		if e.key == "env" {
			c.mask(e.value, depth+1)
			continue
		}
		c.markSecrets(e.value, depth+1)
	}
}

func (c *converter) mask(n *node, depth int) {
	if depth > maxDepth {
		return
	}
	if n.kind != null && n.kind != sequence && n.kind != mapping {
		c.src.secrets = append(c.src.secrets, n.at)
	}
	for _, item := range n.items {
		c.mask(item, depth+1)
	}
	for _, e := range n.entries {
		c.mask(e.value, depth+1)
	}
}
