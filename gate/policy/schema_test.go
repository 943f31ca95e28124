package policy_test

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bootgate/gate/policy"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestTheSchemaIsTheGoldenOne(t *testing.T) {
	got, err := policy.Schema()
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "schema.json")
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("go test ./gate/policy -update rewrites %s if this is right (-want +got):\n%s", golden, diff)
	}
}

// compile reads the schema with a validator that checks it against the meta-schema of its draft first.
func compile(t testing.TB) *jsonschema.Schema {
	t.Helper()
	text, err := policy.Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("gate.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("gate.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// checkSchema tells whether the schema accepts YAML as it should.
func checkSchema(t *testing.T, text string, want bool) {
	t.Helper()
	text = strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n")
	text = strings.TrimPrefix(text, "%YAML 1.2\n")
	data := []byte("null")
	if strings.Contains(text, ":") {
		var err error
		if data, err = yaml.YAMLToJSON([]byte(text)); err != nil {
			t.Fatalf("turning YAML into JSON: %v", err)
		}
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("reading %s: %v", data, err)
	}
	if err := compile(t).Validate(value); (err == nil) != want {
		t.Errorf("the schema accepts it: %v, want %v: %v", err == nil, want, err)
	}
}

// examples returns the blocks of a Markdown file that are a whole gate.yaml: fenced as yaml, with "# gate.yaml" as the
// first line.
func examples(markdown string) []string {
	var blocks []string
	for i, part := range strings.Split("\n"+markdown, "\n```yaml\n") {
		if i == 0 {
			continue
		}
		block, _, closed := strings.Cut(part, "\n```")
		if closed && strings.HasPrefix(block, "# gate.yaml") {
			blocks = append(blocks, block+"\n")
		}
	}
	return blocks
}

func TestTheExamplesOfTheReadmeAreValid(t *testing.T) {
	readme := filepath.Join("..", "..", "README.md")
	data, err := os.ReadFile(readme)
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("there is no %s: it must exist and show a gate.yaml", readme)
	}
	if err != nil {
		t.Fatal(err)
	}
	blocks := examples(strings.ReplaceAll(string(data), "\r\n", "\n"))
	if len(blocks) == 0 {
		t.Fatalf("%s has no block that is fenced as yaml and starts with the line # gate.yaml", readme)
	}
	for _, block := range blocks {
		if _, err := policy.Parse(readme, []byte(block), today); err != nil {
			t.Errorf("an example is refused:\n%v", err)
		}
		checkSchema(t, block, true)
	}
}

func TestExamplesAreFoundInMarkdown(t *testing.T) {
	markdown := "# x\n```yaml\n# gate.yaml\nimages: []\n```\ntext\n```yaml\njobs: {}\n```\n```sh\n# gate.yaml\n```\n```yaml\n# gate.yaml, shorter\nsuppress: []\n```\n"
	want := []string{"# gate.yaml\nimages: []\n", "# gate.yaml, shorter\nsuppress: []\n"}
	if diff := cmp.Diff(want, examples(markdown)); diff != "" {
		t.Errorf("examples (-want +got):\n%s", diff)
	}
}
