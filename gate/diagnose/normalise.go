package diagnose

import (
	"strconv"
	"strings"

	"bootgate/gate/lazyregexp"
)

// maxForms is how many forms may be around one another.
const maxForms = 6

// normalise takes away what tools put around the lines of a saved log: colours, prefixes, times, repetition, and the
// order of viewers that show the newest line first. The lines come by ascending number.
func normalise(lines []Line) []Line {
	for i := range lines {
		lines[i].Text = clean(lines[i].Text)
		lines[i].Follows = i > 0 && lines[i].Number == lines[i-1].Number+1
	}
	lines = ofEvents(lines)
	turned := false
	for range maxForms {
		if !turned && turnedRound(lines) {
			turned, lines = true, turnRound(lines)
		}
		changed := false
		for _, f := range forms {
			var done bool
			lines, done = f.strip(lines)
			changed = changed || done
		}
		if stamped := withoutStamps(lines); !changed && !stamped {
			break
		}
	}
	return undoubled(lines)
}

// strip takes the form off the lines that have it: all of them when most lines do, else those that stand together with
// others and hold what no framework writes.
func (f form) strip(lines []Line) (stripped []Line, changed bool) {
	parts, has := make([]parted, len(lines)), make([]bool, len(lines))
	full, count := 0, 0
	for i, l := range lines {
		if l.Text == "" {
			continue
		}
		full++
		if parts[i], has[i] = f.part(l.Text); has[i] {
			count++
		}
	}
	if count == 0 {
		return lines, false
	}
	if count*100 < full*f.share {
		only(has, parts)
	}
	var open map[string]int // by stream, the index of a line that goes on
	for i, l := range lines {
		if !has[i] {
			stripped = append(stripped, l)
			continue
		}
		changed = true
		l = parts[i].apply(l)
		if at, ok := open[l.Stream]; ok {
			if before := &stripped[at]; len(before.Text) < keptLine {
				before.Text += l.Text
			}
		} else {
			stripped = append(stripped, l)
		}
		if _, ok := open[l.Stream]; parts[i].partial && !ok {
			if open == nil {
				open = make(map[string]int)
			}
			open[l.Stream] = len(stripped) - 1
		} else if !parts[i].partial {
			delete(open, l.Stream)
		}
	}
	return stripped, changed
}

// apply returns the line without what the tool put around it.
func (p parted) apply(l Line) Line {
	l.Text = clean(p.text)
	if p.service != "" {
		l.Service, l.Stream = p.service, p.service
	} else if p.stream != "" {
		l.Stream = p.stream
	}
	return l
}

// minRun is how many neighbouring lines make a run.
const minRun = 3

// only leaves in has those lines that stand in a run of lines with the form, one of which is of the kind that no
// framework writes.
func only(has []bool, parts []parted) {
	for i := 0; i < len(has); {
		end, sure := i, false
		for end < len(has) && has[end] {
			_, rest, stamped := cutStamp(parts[end].text)
			sure = sure || bare.MatchString(parts[end].text) || stamped && bare.MatchString(rest)
			end++
		}
		if end-i < minRun || !sure {
			for k := i; k < end; k++ {
				has[k] = false
			}
		}
		i = end + 1
	}
}

// undoubled drops the second of every two lines when everything was logged twice. Lines that stand there more than twice
// in a row, such as the frames of an endless recursion, tell nothing of that.
func undoubled(lines []Line) []Line {
	twins, told := 0, 0
	for i := 0; i < len(lines); {
		run := 1
		for i+run < len(lines) && twin(lines[i+run-1], lines[i+run]) {
			run++
		}
		if run <= 2 {
			told += run
			twins += run - 1
		}
		i += run
	}
	if told < 6 || twins*2*100 < told*90 {
		return lines
	}
	var once []Line
	for i := 0; i < len(lines); i++ {
		once = append(once, lines[i])
		if i+1 < len(lines) && twin(lines[i], lines[i+1]) {
			i++
		}
	}
	return once
}

func twin(a, b Line) bool { return a.Text == b.Text && a.Service == b.Service && b.Follows }

// composeEnd is what docker compose prints when a service ends.
var composeEnd = lazyregexp.MustCompile(`^(?:container )?([A-Za-z0-9][\w.-]*) exited (?:with code (\d{1,3})|\((\d{1,3})\))`)

// Apart returns a death for each service of a mixed log, by the order of their first lines; d alone when it is of one.
func Apart(d Death) []Death {
	index := make(map[string]int)
	var deaths []Death
	var seen []int // by death, the gaps before its last line
	gaps := 0
	for _, l := range d.Lines {
		if !l.Follows {
			gaps++
		}
		i, ok := index[l.Service]
		if !ok {
			i = len(deaths)
			index[l.Service] = i
			one := d
			one.Lines, one.Files = nil, nil
			deaths, seen = append(deaths, one), append(seen, 0)
		}
		l.Follows = ok && seen[i] == gaps
		seen[i] = gaps
		deaths[i].Lines = append(deaths[i].Lines, l)
	}
	if len(deaths) < 2 {
		return []Death{d}
	}
	deaths[0].Files = d.Files
	if loose, ok := index[""]; ok && d.ExitUnknown {
		for _, l := range deaths[loose].Lines {
			m := composeEnd.FindStringSubmatch(l.Text)
			if m == nil {
				continue
			}
			code, _ := strconv.Atoi(m[2] + m[3])
			if i, ok := index[strings.TrimSpace(m[1])]; ok && code < 256 {
				deaths[i].ExitUnknown, deaths[i].ExitCode = false, code
			}
		}
	}
	return deaths
}
