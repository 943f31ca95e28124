package images

import "slices"

// starts never get to the application.
func starts() []Provocation {
	return slices.Concat(options(), initialisations(), classes())
}

// options are refused by the launcher or the VM.
func options() []Provocation {
	return []Provocation{
		provoke("option-unknown-vm", "nothing", "-XX:+NoSuchOption"),
		provoke("option-misspelt-vm", "nothing", "-XX:MaxRamPercentage=75"),
		provoke("option-unknown", "nothing", "-nosuchoption"),
		provoke("option-unknown-x", "nothing", "-Xnosuch"),
		provoke("option-removed", "nothing", "-XX:+UseConcMarkSweepGC"),
		provoke("option-permgen", "nothing", "-XX:MaxPermSize=256m").from(17),
		provoke("option-value", "nothing", "-Xmx4gigs"),
		provoke("option-value-vm", "nothing", "-XX:MaxMetaspaceSize=lots"),
		provoke("option-needs-value", "nothing", "-XX:MaxMetaspaceSize"),
		provoke("option-sign", "nothing", "-XX:UseSerialGC"),
		provoke("option-range", "nothing", "-XX:MaxRAMPercentage=750"),
		provoke("option-diagnostic", "nothing", "-XX:+PrintNMTStatistics", "-XX:NativeMemoryTracking=summary"),
		provoke("option-experimental", "nothing", "-XX:+UseJVMCICompiler"),
		provoke("option-log", "nothing", "-Xlog:nosuchtag"),
		provoke("option-log-file", "nothing", "-Xlog:gc:file=/no/such/folder/gc.log"),
		provoke("option-old-log", "nothing", "-XX:+PrintGCDateStamps"),
		provoke("option-heap-order", "nothing", "-Xms512m", "-Xmx256m"),
		provoke("option-in-environment", "nothing").env("JAVA_TOOL_OPTIONS=-XX:+NoSuchOption"),
		provoke("option-in-jdk-environment", "nothing").env("JDK_JAVA_OPTIONS=-XX:+NoSuchOption"),
		provoke("option-file", "nothing", "@/app/no-such-options"),
		provoke("option-stack", "nothing", "-Xss1k"),
		provoke("option-add-opens", "nothing", "--add-opens=java.base"),
	}
}

// initialisations fail inside the VM, or in an agent.
func initialisations() []Provocation {
	debugger := func(address string) string {
		return "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=" + address
	}
	return []Provocation{
		provoke("init-small-heap", "nothing", "-Xmx1k"),
		provoke("init-two-collectors", "nothing", "-XX:+UseSerialGC", "-XX:+UseParallelGC"),
		provoke("init-agent-library", "nothing", "-agentlib:nosuchagent"),
		provoke("init-agent-path", "nothing", "-agentpath:/app/nosuchagent.so"),
		provoke("init-agent-foreign", "nothing", "-agentpath:/app/libprovoke.so"),
		provoke("init-module", "nothing", "--add-modules", "com.acme.nosuch"),
		provoke("init-shared-archive", "nothing", "-Xshare:on", "-XX:SharedArchiveFile=/app/nosuch.jsa"),
		provoke("agent-throws", "nothing", "-javaagent:/app/agent.jar"),
		provoke("agent-throws", "nothing", "-javaagent:/app/agent.jar").underShell(),
		provoke("agent-missing", "nothing", "-javaagent:/app/nosuch.jar"),
		provoke("agent-no-premain", "nothing", "-javaagent:/app/noagent.jar"),
		provoke("debugger-address", "nothing", debugger("203.0.113.9:5005")),
		provoke("debugger-port", "nothing", debugger("99999")),
		provoke("debugger-transport", "nothing", "-agentlib:jdwp=transport=dt_nosuch,server=y"),
		provoke("debugger-twice", "nothing", debugger("5005")).env("JAVA_TOOL_OPTIONS=" + debugger("5005")),
		provoke("debugger-option", "nothing", "-agentlib:jdwp=nosuch=y"),
		shell("debugger-port-taken", "java "+debugger("5005")+" -cp /app Provoke sleep > first & until [ -s first ]; do :; done; java "+
			debugger("5005")+" -cp /app Provoke nothing; code=$?; kill $!; exit $code"),
	}
}

// classes cannot be found, or cannot be loaded.
func classes() []Provocation {
	newer := java("class-version", "-cp", classDir, "Newer")
	return []Provocation{
		newer, newer.underShell(),
		java("class-version-preview", "-cp", classDir, "Preview"),
		java("class-version-old-preview", "-cp", classDir, "PreviewOfOld"),
		provoke("class-version-later", "class").with("Newer"),
		java("main-class-missing", "-cp", classDir, "com.acme.Main"),
		java("main-class-moved", "-jar", "/app/moved.jar"),
		java("main-class-slashes", "-cp", classDir, "com/acme/Main.class"),
		java("main-class-no-manifest", "-jar", "/app/nomanifest.jar"),
		java("main-class-no-jar", "-jar", "/app/nosuch.jar"),
		java("main-class-corrupt-jar", "-jar", "/app/corrupt.jar"),
		java("main-class-no-main", "-cp", classDir, "NoMain"),
		java("main-class-module", "-p", classDir, "-m", "com.acme/com.acme.Main"),
		java("main-class-unquoted-variable", "-cp", classDir, "-Dempty= ", "$JAVA_OPTS", "Provoke"),
		java("usage"),
	}
}

// links fail to find or load a library.
func links() []Provocation {
	return []Provocation{
		provoke("link-missing-library", "library").with("nosuch"),
		provoke("link-missing-file", "load").with("/app/nosuch.so"),
		provoke("link-missing-dependency", "load").with("/app/libneedy.so"),
		provoke("link-foreign-library", "load").with("/app/libforeign.so"),
		provoke("link-unbound-method", "unbound"),
		provoke("link-vm", "nothing", "-XXaltjvm=/app/needy"),
		shell("link-launcher", "LD_PRELOAD=/app/libneedy.so java -cp /app Provoke nothing"),
	}
}

// exceptions are what the JVM and the kernel do not mind, but the application does.
func exceptions() []Provocation {
	return []Provocation{
		provoke("exception", "exception"),
		provoke("recursion", "recursion"),
		provoke("class-missing-later", "class").with("com.acme.Plugin"),
	}
}

// fine are no deaths, though they talk of errors.
func fine() []Provocation {
	return []Provocation{
		provoke("fine", "nothing"),
		provoke("fine-flags", "nothing", "-XX:+PrintFlagsFinal", "-XX:+ExitOnOutOfMemoryError"),
		provoke("fine-caught", "caught", "-Xmx32m"),
		provoke("fine-nmt", "nothing", "-XX:+UnlockDiagnosticVMOptions", "-XX:NativeMemoryTracking=summary", "-XX:+PrintNMTStatistics"),
	}
}
