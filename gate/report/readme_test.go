package report

import (
	"os"
	"strings"
	"testing"

	"bootgate/gate"

	"github.com/google/go-cmp/cmp"
)

// TestTheREADMEShowsARealDiagnosis holds the picture in the README to what the gate says of the log it is of.
func TestTheREADMEShowsARealDiagnosis(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(readme), "```console\n$ docker logs ndw-etl 2>&1 | gate diagnose\n")
	shown, _, ended := strings.Cut(block, "```")
	if !found || !ended {
		t.Fatal("the README shows no diagnosis")
	}
	in := gate.FileInput("../diagnose/testdata/incident/2021-09-29.log")
	in.Name = "stdin"
	d, err := gate.Diagnose(t.Context(), gate.DiagnoseRequest{Inputs: []gate.DiagnoseInput{in}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(diagnosis(t, FormatText, d, Options{})), shown); diff != "" {
		t.Errorf("the README's picture (-real +README):\n%s", diff)
	}
	crash := d.Inputs[0].Findings[0]
	if !strings.Contains(string(readme), `"fingerprint":"`+crash.Fingerprint+`"`) {
		t.Errorf("the JSON in the README is of another crash than %s", crash.Fingerprint)
	}
}
