package finding

// Verdict is the gate's answer.
type Verdict string

// The verdicts. A gate fails closed: Inconclusive is never a pass.
const (
	// Pass: it was asked, and it holds. Exit 0.
	Pass Verdict = "pass"
	// Fail: the image, the builder, the order or the workflow is at fault. Exit 1.
	Fail Verdict = "fail"
	// Inconclusive: the gate could not tell, because the engine, a registry or the host was at fault. Exit 3.
	Inconclusive Verdict = "inconclusive"
)

// Of returns the verdict that findings add up to. A finding that makes the candidate fail outweighs one that leaves
// the question open: what is known to be bad need not be asked again.
func Of(findings []Finding) Verdict {
	verdict := Pass
	for _, f := range findings {
		if !f.Counts() {
			continue
		}
		if rule, ok := Lookup(f.Rule); ok && rule.Inconclusive {
			verdict = Worse(verdict, Inconclusive)
			continue
		}
		verdict = Fail
	}
	return verdict
}

// Worse returns the one of two verdicts that decides for both: Fail before Inconclusive before Pass.
func Worse(a, b Verdict) Verdict {
	if a == Fail || b == Fail {
		return Fail
	}
	if a == Inconclusive || b == Inconclusive {
		return Inconclusive
	}
	return Pass
}

// ExitCode returns the exit status of a run that ended with v: 0, 1 or 3. (2 is a wrong command line or gate.yaml,
// which never gets as far as a verdict.) Anything unknown is 3, so that it cannot pass.
func (v Verdict) ExitCode() int {
	switch v {
	case Pass:
		return 0
	case Fail:
		return 1
	default:
		return 3
	}
}
