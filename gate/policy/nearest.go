package policy

import "strings"

// nearest returns the word that text was probably meant to be: the one with the fewest edits, if those are few for
// the length of the text.
func nearest(text string, words []string) (string, bool) {
	best, fewest := "", max(1, len(text)/3)+1
	for _, word := range words {
		if n := edits(text, word); n < fewest {
			best, fewest = word, n
		}
	}
	return best, best != ""
}

// maxEdited is the longest text edits compares; a key is never as long.
const maxEdited = 64

// edits counts the insertions, deletions, replacements and swaps of neighbours that make b of a (the optimal string
// alignment distance). Texts longer than any key are as far apart as they are long.
func edits(a, b string) int {
	if len(a) > maxEdited || len(b) > maxEdited {
		return max(len(a), len(b))
	}
	before, previous, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(previous[j]+1, row[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, previous, row = previous, row, before
	}
	return previous[len(b)]
}

// NearestRule returns the rule whose id was probably meant by id.
func NearestRule(id string) (string, bool) {
	return nearest(id, ruleIDs(func(string) bool { return true }))
}

// NearestID returns the id of a buildpack that was probably meant by id: both parts, before and after the slash, are near,
// so that another buildpack of the same author is not taken for it.
func NearestID(id string, ids []string) (string, bool) {
	author, own, _ := strings.Cut(id, "/")
	var near []string
	for _, other := range ids {
		itsAuthor, its, _ := strings.Cut(other, "/")
		_, sameAuthor := nearest(author, []string{itsAuthor})
		_, sameOwn := nearest(own, []string{its})
		if sameAuthor && (sameOwn || own == its) {
			near = append(near, other)
		}
	}
	return nearest(id, near)
}
