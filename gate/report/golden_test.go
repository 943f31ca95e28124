package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bootgate/gate"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file under testdata, or rewrites the file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; write it with: go test ./gate/report -update", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestGolden(t *testing.T) {
	forms := map[string]func(*testing.T, gate.Report) []byte{
		"txt": func(t *testing.T, r gate.Report) []byte { return written(t, FormatText, r, Options{}) },
		"narrow.txt": func(t *testing.T, r gate.Report) []byte {
			return written(t, FormatText, r, Options{Text: TextOptions{Width: 72}})
		},
		"color.txt": func(t *testing.T, r gate.Report) []byte {
			return written(t, FormatText, r, Options{Text: TextOptions{Color: true, Width: 100}})
		},
		"json": func(t *testing.T, r gate.Report) []byte { return written(t, FormatJSON, r, Options{}) },
		"md":   func(t *testing.T, r gate.Report) []byte { return written(t, FormatMarkdown, r, Options{}) },
		"github": func(t *testing.T, r gate.Report) []byte {
			step := newStep(t)
			log := written(t, FormatGitHub, r, Options{Env: step.env, Random: step, ReportPath: "report.json"})
			return append(log, []byte("=== GITHUB_OUTPUT\n"+step.output(t)+"=== GITHUB_STEP_SUMMARY\n"+step.summary(t))...)
		},
	}
	for sample, r := range samples() {
		for form, write := range forms {
			if strings.Contains(form, ".") && sample != "several" && sample != "crash" && (sample != "compared" || form != "narrow.txt") {
				continue
			}
			t.Run(sample+" as "+form, func(t *testing.T) { golden(t, sample+"."+form, write(t, r)) })
		}
	}
}

// written returns what Write writes.
func written(t testing.TB, format string, r gate.Report, opt Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(format, &b, r, opt); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestEveryJSONFieldIsShown holds the golden files to cover the whole wire form, each field with a value that is not
// null, empty, zero or false.
func TestEveryJSONFieldIsShown(t *testing.T) {
	shown := make(map[string]bool)
	for _, r := range samples() {
		walkFields(reflect.ValueOf(wireReport(r)), shown)
	}
	for _, d := range diagnoses() {
		walkFields(reflect.ValueOf(wireDiagnosis(d)), shown)
	}
	for _, in := range inspections() {
		walkFields(reflect.ValueOf(wireInspection(in)), shown)
	}
	for field, ok := range shown {
		if !ok {
			t.Errorf("no sample has a value for %s", field)
		}
	}
}

// walkFields notes for every field of every struct under v whether it was ever seen with a value.
func walkFields(v reflect.Value, shown map[string]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v = reflect.New(v.Type().Elem())
		}
		walkFields(v.Elem(), shown)
	case reflect.Slice:
		if v.Len() == 0 {
			walkFields(reflect.New(v.Type().Elem()).Elem(), shown)
		}
		for i := range v.Len() {
			walkFields(v.Index(i), shown)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			key := v.Type().Name() + "." + field.Tag.Get("json")
			shown[key] = shown[key] || !v.Field(i).IsZero()
			walkFields(v.Field(i), shown)
		}
	}
}

func TestAnUnknownFormatNamesTheKnownOnes(t *testing.T) {
	err := Write("xml", &bytes.Buffer{}, gate.Report{}, Options{})
	want := `unknown format "xml": known are text, json, github, markdown`
	if err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

func TestEveryFormatIsWritten(t *testing.T) {
	for _, f := range Formats() {
		if len(written(t, f.Name, samples()["crash"], Options{})) == 0 {
			t.Errorf("format %s writes nothing", f.Name)
		}
	}
}
