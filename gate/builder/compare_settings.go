package builder

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"bootgate/gate/secret"
)

// settings compares what a container of the image starts with.
func (c *comparison) settings() {
	c.environment()
	c.command(PartEntrypoint, "", c.old.Entrypoint, c.new.Entrypoint)
	c.command(PartEntrypoint, "command", c.old.Cmd, c.new.Cmd)
	c.text(PartUser, "", c.old.User, c.new.User)
	c.set(PartPort, c.old.Ports, c.new.Ports, func(port string) (string, string) { return port, "" })
	c.text(PartPlatform, "", c.old.Platform, c.new.Platform)
	c.text(PartOther, "work directory", c.old.WorkDir, c.new.WorkDir)
	c.text(PartOther, "stop signal", c.old.StopSignal, c.new.StopSignal)
	c.command(PartOther, "health check", c.old.Healthcheck, c.new.Healthcheck)
}

// command compares two command lines.
func (c *comparison) command(part Part, name string, old, new []string) {
	if slices.Equal(old, new) {
		return
	}
	before, after := commandLine(secret.Args(old)), commandLine(secret.Args(new))
	if before == after { // only secrets differ
		before, after = hidden(before), hidden(after)
	}
	c.add(Change{Part: part, Name: name, How: presence(before, after), Old: before, New: after})
}

// commandLine is a command in one line, with the words that would look like several within quotation marks.
func commandLine(words []string) string {
	var out []string
	for _, word := range words {
		if word == "" || strings.ContainsAny(word, " \t\n'\"") {
			word = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
		out = append(out, word)
	}
	return strings.Join(out, " ")
}

// environment compares variables, and those that hold options of a JVM option by option.
func (c *comparison) environment() {
	old, new := variables(c.old.Env), variables(c.new.Env)
	for _, name := range union(old, new) {
		before, had := old[name]
		after, has := new[name]
		if had == has && before == after {
			continue
		}
		change := Change{Part: PartEnvironment, Name: name, How: Changed}
		switch {
		case !had:
			change.How = Added
		case !has:
			change.How = Removed
		}
		if holdsOptions(name, before, after) {
			if c.flags(name, before, after) {
				continue
			}
			change.Part = PartJVMFlag // only the order of the options differs
		} else if strings.HasPrefix(name, "BPL_J") { // what the launcher computes a JVM's memory and flags from
			change.Part = PartJVMFlag
		}
		change.Old, change.New = named(name, before, after)
		c.add(change)
	}
}

// variables reads NAME=VALUE. The last of a name counts; what has no name is none.
func variables(env []string) map[string]string {
	all := make(map[string]string, len(env))
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		if name != "" {
			all[name] = value
		}
	}
	return all
}

// named returns two values of one name as they may be shown: not at all where the name sounds secret.
func named(name, old, new string) (string, string) {
	if secret.Sounds(name) {
		return hidden(old), hidden(new)
	}
	return old, new
}

// maxVeiled is how long values can be that secrets are looked for in. Of longer ones only the length is told.
const maxVeiled = 64 << 10

// veiled returns two values without the secrets in them. Where only those differ, nothing else is left to show.
func veiled(old, new string) (string, string) {
	if len(old) > maxVeiled || len(new) > maxVeiled {
		return length(old), length(new)
	}
	before, after := secret.Block(old), secret.Block(new)
	if before == after && old != new {
		return hidden(old), hidden(new)
	}
	return before, after
}

func length(value string) string {
	if value == "" {
		return ""
	}
	return fmt.Sprintf("(%d bytes)", len(value))
}

func hidden(value string) string {
	if value == "" {
		return ""
	}
	return Hidden
}

// labels compares the labels that are not read as something else: those are compared by what they say.
func (c *comparison) labels() {
	old, new := maps.Clone(c.old.Labels), maps.Clone(c.new.Labels)
	unread := c.unread()
	for _, name := range union(old, new) {
		if c.isRead(name) && !unread[name] {
			delete(old, name)
			delete(new, name)
		}
	}
	c.texts(PartLabel, "", old, new)
}

// unread are the labels that either image has a problem with.
func (c *comparison) unread() map[string]bool {
	all := map[string]bool{}
	for _, p := range slices.Concat(c.old.Origin.Problems, c.new.Origin.Problems) {
		all[p.Label] = true
	}
	return all
}
