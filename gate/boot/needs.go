package boot

import (
	"context"
	"strings"
)

// startNeeds starts what the candidate needs, in the order of the list: services that stand next to each other start
// together, a job waits for all before it and holds up all after it. It reports whether all are there.
func (r *round) startNeeds(ctx context.Context) (bool, error) {
	needs := r.test.Spec.Needs
	for len(needs) > 0 {
		n := 1
		if needs[0].As != Job {
			for n < len(needs) && needs[n].As != Job {
				n++
			}
		}
		ok, err := r.startTogether(ctx, needs[:n], r.test.Needs[len(r.test.Spec.Needs)-len(needs):])
		if err != nil || !ok {
			return false, err
		}
		needs = needs[n:]
	}
	return true, nil
}

// startTogether starts some needs at once and waits until each is ready, or has done its job.
func (r *round) startTogether(ctx context.Context, needs []Need, images []Image) (bool, error) {
	lives := make([]*life, len(needs))
	for i, need := range needs {
		r.test.Step(StepNeeds, need.Name)
		p, err := newPlan(need.needSpec(r.test.Spec.Network), images[i], r.test.Lookup)
		if err != nil {
			return false, err
		}
		if p.blind {
			p.StaysUp = DefaultStaysUp
		}
		role := RoleNeed + " " + need.Name
		b, err := r.site.newBox(ctx, role, need.Name, p)
		if err != nil {
			return false, err
		}
		lives[i] = r.newLife(b, role)
		lives[i].step = func(Step, string) {} // the candidate's own steps are what people wait for
	}
	var all crew
	for _, l := range lives {
		all.do(func() error { return l.run(ctx) })
	}
	err := all.wait()
	return served(lives...), err
}

// lookAfter notes that something the candidate needs, which nobody watches any more, has ended by itself meanwhile.
func (l *life) lookAfter() {
	if l.obs.Ended != EndedServed {
		return
	}
	select {
	case w := <-l.died:
		l.exited(w)
	default:
	}
}

// isNeed reports whether a role is that of a need.
func isNeed(role string) bool { return strings.HasPrefix(role, RoleNeed+" ") }
