// Package diagnose says why a container's process is dead: it reads what the process left behind (its exit code, the
// engine's error, the last lines it printed) and makes findings of it, the root cause first.
//
// It is made of judges, one class of death per file, and of the words for exit codes. It never looks at a container,
// a file or a clock: everything it knows is in the Death it is given. Read makes one of a saved log: it keeps the lines
// that judges have a use for, within bounds, and takes away what tools put around them. A judge speaks up only when the
// evidence is of a shape that nothing but its own class of death produces; a death that none can explain yields nothing,
// and the caller reports the bare exit code.
//
// What the judges find is then compared with the causes that are known (causes.yaml, and those of gate.yaml): a cause
// that fits all that is known of a death says more precisely than a judge can why it happened and what helps.
//
// Sources: the messages of glibc's and musl's dynamic linkers (elf/dl-load.c, elf/dl-lookup.c; ldso/dynlink.c), of runc
// (libcontainer/init_linux.go, standard_init_linux.go), crun (src/libcrun/container.c, linux.c) and the Docker engine
// (daemon/), of dash, BusyBox and bash, tini, dumb-init and gosu, and of OpenJDK (os_linux.cpp, java_md.c; java.c, args.c and
// LauncherHelper.java of its launcher; arguments.cpp, java.cpp, vmError.cpp, frame.cpp and os_posix.cpp of the JVM; its
// agents jdwp and instrument), of the launcher of Cloud Native Buildpacks (lifecycle, launch/), Paketo's libjvm, Spring
// Boot, Eclipse OpenJ9 and GraalVM's native images. Unless a test says otherwise its texts were produced by containers
// made for the purpose.
//
// How tools keep lines: the documentation of docker compose, kubectl, journalctl, the AWS command line and GitHub's, Docker's
// json-file driver, and the logging format of the Kubernetes CRI.
package diagnose
