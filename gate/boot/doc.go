// Package boot runs a container the way production would and watches it: it becomes ready or does not, stays up or
// does not, ends or has to be killed. The outcome is an Observation; judging it is a separate step (Judge), which needs
// no engine.
//
// It talks to a Docker engine through its API (https://docs.docker.com/reference/api/engine/), 20.10 (API 1.41) and
// newer. It attaches to a container's output before it starts it and learns of its death from the wait call and of its
// health and memory kills from the event stream. Whatever it makes is labelled and removed on every way out; Sweep
// removes what a killed run had to leave.
//
// It never mounts the engine's socket into a container, never prints the value of an environment variable, and never
// says what a death means: that is diagnose's part.
package boot
