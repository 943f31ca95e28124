package main

import (
	"os"
	"strings"
	"testing"

	"bootgate/gate/boot"

	"github.com/spf13/cobra"
)

// everyCommand calls visit for each command that people see.
func everyCommand(t *testing.T, visit func(t *testing.T, root, cmd *cobra.Command)) {
	t.Helper()
	root := newRoot(streams{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Hidden || cmd.Name() == "help" || cmd.Parent() != nil && cmd.Parent().Name() == "completion" {
			return
		}
		t.Run(cmd.CommandPath(), func(t *testing.T) { visit(t, root, cmd) })
		for _, child := range cmd.Commands() {
			walk(child)
		}
	}
	walk(root)
}

func TestEveryCommandIsDocumented(t *testing.T) {
	everyCommand(t, func(t *testing.T, _, cmd *cobra.Command) {
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("the short description is %q: write one without a full stop", cmd.Short)
		}
		if cmd.Long == "" {
			t.Error("there is no long description")
		}
		for line := range strings.Lines(cmd.Long) {
			if len([]rune(line)) > 125 {
				t.Errorf("a line of the description is too long for a terminal: %q", line)
			}
		}
	})
}

// TestExamplesWork reads the examples as a shell would and finds the command and every flag in them.
func TestExamplesWork(t *testing.T) {
	everyCommand(t, func(t *testing.T, root, cmd *cobra.Command) {
		lines := 0
		for line := range strings.Lines(cmd.Example) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), "  #")
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			lines++
			checkExample(t, root, cmd, line)
		}
		if lines == 0 && cmd.Name() != "completion" {
			t.Error("there is no example")
		}
	})
}

func checkExample(t *testing.T, root, cmd *cobra.Command, line string) {
	t.Helper()
	if _, piped, ok := strings.Cut(line, " | "); ok {
		line = piped
	}
	line, _, _ = strings.Cut(line, " > ")
	words, err := boot.ParseCommand(line)
	if err != nil {
		t.Errorf("%q: %v", line, err)
		return
	}
	if words[0] != "gate" {
		t.Errorf("the example %q does not begin with gate", line)
		return
	}
	found, rest, err := root.Find(words[1:])
	if err != nil || cmd != root && found != cmd {
		t.Errorf("the example %q runs %q: %v", line, found.CommandPath(), err)
		return
	}
	if err := found.ParseFlags(rest); err != nil {
		t.Errorf("the example %q: %v", line, err)
	}
}
