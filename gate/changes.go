package gate

import "bootgate/gate/builder"

// compareBaseline notes what changed from the baseline to the image. It reads only what both say of themselves, before
// either is brought to the engine.
func (s *subject) compareBaseline() {
	changes := compared(s.baseline, s.candidate)
	s.report.Baseline.Changes = &changes
	s.remarks = append(s.remarks, builder.JudgeChanges(changes)...)
}
