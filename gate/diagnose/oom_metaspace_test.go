package diagnose

import (
	"strings"
	"testing"
)

func TestMetaspace(t *testing.T) {
	checkGraded(t, []deathCase{
		{name: "on JDK 17", death: ended(1, "", "Exception in thread \"main\" java.lang.OutOfMemoryError: Metaspace\n"+
			"\tat java.base/java.lang.ClassLoader.defineClass1(Native Method)\n\tat java.base/java.lang.ClassLoader.defineClass(ClassLoader.java:1017)\n\tat M$L.d(M.java:3)\n"),
			want: []string{`error jvm-oom-metaspace: The space for classes (Metaspace) was full, and the error ended the thread "main"; the process exited with 1.`}},
		{name: "on JDK 25, which cannot print the trace for lack of classes", death: ended(1, "", "Exception in thread \"main\" java.lang.OutOfMemoryError: Metaspace\n"+
			"\nException: java.lang.OutOfMemoryError thrown from the UncaughtExceptionHandler in thread \"main\"\n"),
			want: []string{`error jvm-oom-metaspace: The space for classes (Metaspace) was full, and the error ended the thread "main"; the process exited with 1.`}},
		{name: "the JVM is told to end", death: ended(3, "Terminating due to java.lang.OutOfMemoryError: Metaspace\n", ""),
			want: []string{"error jvm-oom-metaspace: The space for classes (Metaspace) was full, and the JVM ended itself (ExitOnOutOfMemoryError)."}},
		{name: "the compressed class space", death: ended(1, "", "Exception in thread \"main\" java.lang.OutOfMemoryError: Compressed class space\n"+
			"\tat java.base/java.lang.ClassLoader.defineClass1(Native Method)\n"),
			want: []string{`error jvm-oom-metaspace: The compressed class space, a part of the space for classes, was full, and the error ended the thread "main"; the process exited with 1.`}},
		{name: "on JDK 8, while the application starts", death: ended(1, "", "Exception in thread \"main\" java.lang.OutOfMemoryError: Metaspace\n"+
			"\tat java.lang.ClassLoader.defineClass1(Native Method)\n\tat java.lang.ClassLoader.defineClass(ClassLoader.java:756)\n"),
			want: []string{`error jvm-oom-metaspace: The space for classes (Metaspace) was full, and the error ended the thread "main"; the process exited with 1.`}},
	})
}

func TestMetaspaceThatABuildpackComputed(t *testing.T) {
	for _, c := range []struct {
		name  string
		death Death
	}{
		{"known by the buildpacks", Death{Buildpacks: []Buildpack{{ID: "paketo-buildpacks/bellsoft-liberica", Version: "11.0.0"}}}},
		{"known by the environment", Death{Environment: []string{"PATH", "BPL_JVM_THREAD_COUNT"}}},
		{"known by what it prints", Death{Lines: lines("Calculated JVM Memory Configuration: -Xmx73728K -XX:MaxMetaspaceSize=79M\n")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.death.Exited, c.death.ExitCode = true, 3
			c.death.Lines = append(c.death.Lines, Line{Number: 2, Stream: "stdout", Text: "Terminating due to java.lang.OutOfMemoryError: Metaspace"})
			if remedy := Diagnose(c.death)[0].Remedy; !strings.Contains(remedy, "BPL_JVM_LOADED_CLASS_COUNT") {
				t.Errorf("remedy %q", remedy)
			}
		})
	}
}
