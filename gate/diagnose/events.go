package diagnose

import (
	"encoding/json"
	"strings"
)

// ofEvents returns the messages of what `aws logs get-log-events` and filter-log-events print as JSON: one document, with
// a line to each field. Any other log it returns as it is. A message may hold several lines.
func ofEvents(lines []Line) []Line {
	if len(lines) < 4 || lines[0].Text != "{" || strings.TrimSpace(lines[1].Text) != `"events": [` {
		return lines
	}
	var messages []Line
	whole := true // since the message before
	for _, l := range lines {
		whole = whole && l.Follows
		text, ok := strings.CutPrefix(strings.TrimSpace(l.Text), `"message": `)
		if !ok {
			continue
		}
		var message string
		if json.Unmarshal([]byte(strings.TrimSuffix(text, ",")), &message) != nil {
			continue
		}
		l.Follows = whole && len(messages) > 0
		for line := range strings.SplitSeq(strings.TrimRight(message, "\r\n"), "\n") {
			l.Text = clean(line)
			messages = append(messages, l)
			l.Follows = true
		}
		whole = true
	}
	return messages
}
