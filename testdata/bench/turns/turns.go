// Package turns measures two contenders in one run, in turns the one and the other first, so that a machine that slows down
// slows down both. The ratio is taken within a round, and the median over the rounds is what counts.
package turns

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Result is what came of a comparison. A and B are medians in seconds; Ratio is the median of A to B within a round, Least and
// Most are its bounds.
type Result struct{ A, B, Ratio, Least, Most float64 }

// Compare lets a and b run in so many rounds, after one that warms up. Each returns how many seconds it took.
func Compare(rounds int, a, b func() (seconds float64, err error)) (Result, error) {
	var ofA, ofB, ratios []float64
	for round := range rounds + 1 {
		var took [2]float64
		for i := range took {
			i = (i + round) % 2
			var err error
			if took[i], err = [2]func() (float64, error){a, b}[i](); err != nil {
				return Result{}, err
			}
		}
		if round > 0 {
			ofA, ofB, ratios = append(ofA, took[0]), append(ofB, took[1]), append(ratios, took[0]/took[1])
		}
	}
	return Result{A: median(ofA), B: median(ofB), Ratio: median(ratios), Least: slices.Min(ratios), Most: slices.Max(ratios)}, nil
}

// Timed makes a contender of something to do.
func Timed(do func() error) func() (seconds float64, err error) {
	return func() (float64, error) {
		begun := time.Now()
		err := do()
		return time.Since(begun).Seconds(), err
	}
}

// Rounds reads how many rounds are asked for: at least one.
func Rounds(text string) (int, error) {
	rounds, err := strconv.Atoi(text)
	if err != nil || rounds < 1 {
		return 0, fmt.Errorf("rounds %q is not a positive number", text)
	}
	return rounds, nil
}

func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}
