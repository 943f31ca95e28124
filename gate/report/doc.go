// Package report turns the outcome of a check into something to read: text for a terminal, JSON for programs, log
// groups, annotations, a step summary and outputs for GitHub Actions, Markdown for a file; and, while a check runs,
// lines of progress.
//
// Much of a report was printed by a container or written on an image, and is hostile. Whatever is meant for people goes
// through one copy of the report in which every string is cleaned (see cleaned), then through the escaping of its own
// format. JSON alone keeps the exact text, as JSON escapes. The rules for Actions follow
// https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions and the parser of
// https://github.com/actions/runner (ActionCommand.cs, ActionCommandManager.cs, FileCommandManager.cs).
//
// It renders plain values. It never talks to an engine, a registry or git, and it never changes a verdict.
package report
