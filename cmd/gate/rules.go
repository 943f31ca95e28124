package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"bootgate/gate/finding"
	"bootgate/gate/policy"

	"github.com/spf13/cobra"
)

func newRules(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "rules [ID]",
		Short: "List the rules, or explain one",
		Long: `rules lists everything the gate can find, with what each finding makes of the verdict. With an ID it explains
that rule: when it fires, what that means, and what to do.`,
		Example: `  gate rules
  gate rules boot-unstable`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var ids []string
			for _, r := range finding.Rules() {
				ids = append(ids, r.ID+"\t"+r.Summary)
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return explainRule(s, args[0])
			}
			table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "RULE\tVERDICT\tWHEN")
			for _, r := range finding.Rules() {
				fmt.Fprintf(table, "%s\t%s\t%s\n", r.ID, verdictOf(r), r.Summary)
			}
			return table.Flush()
		},
	}
}

func explainRule(s streams, id string) error {
	r, ok := finding.Lookup(id)
	if !ok {
		message := fmt.Sprintf("there is no rule %q", id)
		if near, ok := policy.NearestRule(id); ok {
			message += fmt.Sprintf(": did you mean %s?", near)
		} else {
			message += ": `gate rules` lists them"
		}
		return usage(fmt.Errorf("%s", message))
	}
	_, err := fmt.Fprintf(s.out, "%s (%s)\n\n  When     %s\n  Verdict  %s\n\n%s\n\n%s\n", r.ID, r.Severity, r.Summary, verdictOf(r),
		wrap(r.Explanation, proseWidth), wrap("What to do: "+r.Remedy, proseWidth))
	return err
}

// verdictOf says what a finding of the rule makes of the verdict.
func verdictOf(r finding.Rule) finding.Verdict {
	return finding.Of([]finding.Finding{finding.New(r.ID, "")})
}

// proseWidth is how wide prose is set, in characters.
const proseWidth = 80

// wrap breaks text into lines at spaces.
func wrap(text string, width int) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		if i > 0 && column+1+len(word) > width {
			b.WriteByte('\n')
			column = 0
		} else if i > 0 {
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}
