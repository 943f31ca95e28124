// Package diagnose says why a container's process is dead: it reads what the process left behind (its exit code, the
// engine's error, the last lines it printed) and makes findings of it, the root cause first.
//
// It is made of judges, one class of death per file, and of the words for exit codes. It never looks at a container,
// a file or a clock: everything it knows is in the Death it is given. A judge speaks up only when the evidence is of a
// shape that nothing but its own class of death produces; a death that none can explain yields nothing, and the caller
// reports the bare exit code.
//
// Sources: the messages of glibc's and musl's dynamic linkers (elf/dl-load.c, elf/dl-lookup.c; ldso/dynlink.c), of runc
// (libcontainer/init_linux.go, standard_init_linux.go), crun (src/libcrun/container.c, linux.c) and the Docker engine
// (daemon/), of dash, BusyBox and bash, tini, dumb-init and gosu, and of OpenJDK (os_linux.cpp, java_md.c). Unless a
// test says otherwise its texts were produced by containers made for the purpose.
package diagnose
