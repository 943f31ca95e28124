package report

import "bootgate/gate/finding"

// The wire form of a crash. Addresses are texts of the form 0x…, as the JVM wrote them.
type (
	jsonCrash struct {
		Kind             string      `json:"kind"`
		Signal           string      `json:"signal"`
		SignalNumber     *int        `json:"signalNumber"`
		Code             string      `json:"code"`
		SentBy           string      `json:"sentBy"`
		FaultAddress     string      `json:"faultAddress"`
		PC               string      `json:"pc"`
		PID              *int        `json:"pid"`
		TID              string      `json:"tid"`
		Site             string      `json:"site"`
		Error            string      `json:"error"`
		Frame            *jsonFrame  `json:"frame"`
		JRE              string      `json:"jre"`
		VM               string      `json:"vm"`
		Version          string      `json:"version"`
		Release          *int        `json:"release"`
		Vendor           string      `json:"vendor"`
		Thread           string      `json:"thread"`
		Operation        string      `json:"operation"`
		Compilation      string      `json:"compilation"`
		NativeFrames     []jsonFrame `json:"nativeFrames"`
		JavaFrames       []jsonFrame `json:"javaFrames"`
		CommandLine      string      `json:"commandLine"`
		Options          []string    `json:"options"`
		Libc             string      `json:"libc"`
		Host             string      `json:"host"`
		MemoryLimitBytes *int64      `json:"memoryLimitBytes"`
		CPUs             *float64    `json:"cpus"`
		ElapsedMs        *int64      `json:"elapsedMs"`
		File             string      `json:"file"`
		Missing          []string    `json:"missing"`
	}
	jsonFrame struct {
		Kind    string `json:"kind"`
		Library string `json:"library"`
		Offset  string `json:"offset"`
		Symbol  string `json:"symbol"`
		Text    string `json:"text"`
	}
)

func wireCrash(c *finding.Crash) *jsonCrash {
	if c == nil {
		return nil
	}
	same := func(text string) string { return text }
	out := &jsonCrash{
		Kind: string(c.Kind), Signal: c.Signal, SignalNumber: positive(c.SignalNumber), Code: c.Code, SentBy: c.SentBy,
		FaultAddress: c.FaultAddress, PC: c.PC, PID: positive(c.PID), TID: c.TID, Site: c.Site, Error: c.Error,
		JRE: c.JRE, VM: c.VM, Version: c.Version, Release: positive(c.Release), Vendor: c.Vendor,
		Thread: c.Thread, Operation: c.Operation, Compilation: c.Compilation,
		NativeFrames: each(c.NativeFrames, wireFrame), JavaFrames: each(c.JavaFrames, wireFrame),
		CommandLine: c.CommandLine, Options: each(c.Options, same), Libc: c.Libc, Host: c.Host,
		MemoryLimitBytes: positive(c.MemoryLimit), CPUs: positive(c.CPUs), File: c.File, Missing: each(c.Missing, same),
	}
	if c.Frame != nil {
		frame := wireFrame(*c.Frame)
		out.Frame = &frame
	}
	if c.Elapsed > 0 {
		out.ElapsedMs = milliseconds(c.Elapsed)
	}
	return out
}

func wireFrame(f finding.Frame) jsonFrame {
	return jsonFrame{Kind: f.Kind, Library: f.Library, Offset: f.Offset, Symbol: f.Symbol, Text: f.Text}
}
