package gate

import (
	"slices"
	"strings"

	"bootgate/gate/builder"
	"bootgate/gate/finding"
)

// examine judges the candidate by what it tells of how it was made: from its manifest and configuration alone, before
// anything of it is pulled. It reports whether the candidate fails for that.
func (s *subject) examine() (fails bool) {
	var rules builder.Rules
	if s.request.Policy != nil {
		rules = s.request.Policy.Builder
	}
	return s.remark(rules.Judge(builder.Read(s.candidate), s.candidate.Ref))
}

// remark notes findings about the candidate, and reports whether it fails for them: then it is not booted, and the report
// says why. What is suppressed is noted, too.
func (s *subject) remark(findings []finding.Finding) (fails bool) {
	s.remarks = append(s.remarks, findings...)
	var rules []string
	for _, f := range s.heeded(findings) {
		if f.Counts() && !slices.Contains(rules, f.Rule) {
			rules = append(rules, f.Rule)
		}
	}
	if len(rules) == 0 {
		return false
	}
	s.report.NotBooted = "it fails for " + strings.Join(rules, " and ") + " before it is started"
	return true
}
