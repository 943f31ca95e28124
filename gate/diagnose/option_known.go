package diagnose

import (
	"fmt"
	"strings"
)

// javaOption is an option that not every JVM knows.
type javaOption struct {
	// removed is the release that removed it, and since the one that brought it; 0 when it is neither.
	removed, since int
	// other is whose option it is, where it is not HotSpot's in general.
	other string
	// instead says what to do about it.
	instead string
	// sign is whether it is switched on by a plus sign.
	sign bool
}

// cause says why a JVM may refuse the option.
func (o javaOption) cause(option string) string {
	switch {
	case o.removed > 0:
		return fmt.Sprintf("%s is an option of older releases: Java %d and newer do not have it.", option, o.removed)
	case o.since > 0:
		return fmt.Sprintf("%s is an option of Java %d and newer: the JVM in the image is older.", option, o.since)
	case o.other != "":
		return fmt.Sprintf("%s is an option of %s.", option, o.other)
	}
	return ""
}

// knownOption looks an option up by its name.
func knownOption(option string) (javaOption, bool) {
	name := optionName(option)
	if o, ok := knownOptions[name]; ok {
		return o, true
	}
	if strings.HasPrefix(name, "CMS") {
		return javaOption{removed: 14, instead: "Remove it with the collector it belongs to (Concurrent Mark Sweep); G1 needs no tuning to begin with."}, true
	}
	return javaOption{}, false
}

const (
	logGC     = "Use unified logging: -Xlog:gc*,safepoint:file=gc.log:time,uptime:filecount=5,filesize=10m"
	logOldGC  = logGC + " says the same and more."
	metaspace = "Remove it; the space for classes is bounded by -XX:MaxMetaspaceSize, where that is wanted."
	percent   = "Use -XX:MaxRAMPercentage (and -XX:InitialRAMPercentage, -XX:MinRAMPercentage), which take per cent."
	newerJVM  = "Remove it, or take a base image or builder with that release."
)

// knownOptions are options that images carry from one Java release to another. When an option was removed is taken from
// the JDK's release notes and its table of obsolete flags (arguments.cpp); JDK 17 and 25 were asked themselves.
var knownOptions = map[string]javaOption{
	"PermSize":                         {removed: 17, instead: metaspace},
	"MaxPermSize":                      {removed: 17, instead: metaspace},
	"UseConcMarkSweepGC":               {removed: 14, sign: true, instead: "Remove it (the JVM chooses a collector itself), or choose -XX:+UseG1GC, -XX:+UseParallelGC or -XX:+UseZGC."},
	"UseParNewGC":                      {removed: 10, sign: true, instead: "Remove it, or choose -XX:+UseG1GC or -XX:+UseParallelGC."},
	"UseParallelOldGC":                 {removed: 15, sign: true, instead: "Use -XX:+UseParallelGC, which includes it."},
	"UseBiasedLocking":                 {removed: 18, sign: true, instead: "Remove it."},
	"AggressiveOpts":                   {removed: 12, sign: true, instead: "Remove it."},
	"UseCGroupMemoryLimitForHeap":      {removed: 11, sign: true, instead: "Remove it: the JVM looks at the container's limit by itself; -XX:MaxRAMPercentage sets the heap's share."},
	"MaxRAMFraction":                   {removed: 25, instead: percent},
	"MinRAMFraction":                   {removed: 25, instead: percent},
	"InitialRAMFraction":               {removed: 25, instead: percent},
	"ZGenerational":                    {removed: 24, sign: true, instead: "Remove it: since Java 24 ZGC has only the generational mode."},
	"PrintGCTimeStamps":                {removed: 9, sign: true, instead: logOldGC},
	"PrintGCDateStamps":                {removed: 9, sign: true, instead: logOldGC},
	"PrintGCApplicationStoppedTime":    {removed: 9, sign: true, instead: logOldGC},
	"PrintGCApplicationConcurrentTime": {removed: 9, sign: true, instead: logOldGC},
	"PrintGCCause":                     {removed: 9, sign: true, instead: logOldGC},
	"PrintHeapAtGC":                    {removed: 9, sign: true, instead: logOldGC},
	"PrintTenuringDistribution":        {removed: 9, sign: true, instead: logOldGC},
	"PrintAdaptiveSizePolicy":          {removed: 9, sign: true, instead: logOldGC},
	"PrintReferenceGC":                 {removed: 9, sign: true, instead: logOldGC},
	"PrintPromotionFailure":            {removed: 9, sign: true, instead: logOldGC},
	"UseGCLogFileRotation":             {removed: 9, sign: true, instead: logOldGC},
	"NumberOfGCLogFiles":               {removed: 9, instead: logOldGC},
	"GCLogFileSize":                    {removed: 9, instead: logOldGC},
	"TraceClassLoading":                {removed: 17, sign: true, instead: "Use -Xlog:class+load."},
	"TraceClassUnloading":              {removed: 17, sign: true, instead: "Use -Xlog:class+unload."},
	"UnlockCommercialFeatures":         {other: "Oracle's JDK up to Java 10", sign: true, instead: "Remove it: Flight Recorder needs no unlocking any more."},
	"UseAppCDS":                        {removed: 11, sign: true, instead: "Remove it: sharing of application classes needs no option any more."},
	"UseStringCache":                   {removed: 8, sign: true, instead: "Remove it."},
	"UseCompressedStrings":             {removed: 8, sign: true, instead: "Remove it."},
	"UseFastAccessorMethods":           {removed: 9, sign: true, instead: "Remove it."},
	"UseSplitVerifier":                 {removed: 8, sign: true, instead: "Remove it."},
	"-Xincgc":                          {removed: 9, instead: "Remove it, or choose -XX:+UseG1GC."},
	"-d64":                             {removed: 10, instead: "Remove it: there are only 64-bit JVMs of it."},
	"-d32":                             {removed: 10, instead: "Remove it: there are only 64-bit JVMs of it."},
	"--add-opens":                      {since: 9, instead: newerJVM},
	"--add-exports":                    {since: 9, instead: newerJVM},
	"--add-modules":                    {since: 9, instead: newerJVM},
	"--add-reads":                      {since: 9, instead: newerJVM},
	"--module-path":                    {since: 9, instead: newerJVM},
	"--illegal-access":                 {since: 9, instead: newerJVM},
	"--enable-preview":                 {since: 11, instead: newerJVM},
	"--enable-native-access":           {since: 17, instead: newerJVM},
	"--sun-misc-unsafe-memory-access":  {since: 23, instead: newerJVM},
	"-Xlog":                            {since: 9, instead: "Use -XX:+PrintGCDetails and -Xloggc:FILE with Java 8, or a newer Java."},
	"MaxRAMPercentage":                 {since: 10, instead: "Use -Xmx, or an update of Java 8 from 8u191 on."},
	"InitialRAMPercentage":             {since: 10, instead: "Use -Xms, or an update of Java 8 from 8u191 on."},
	"UseContainerSupport":              {since: 10, sign: true, instead: "Remove it, or take an update of Java 8 from 8u191 on."},
	"ArchiveClassesAtExit":             {since: 13, instead: newerJVM},
	"AutoCreateSharedArchive":          {since: 19, sign: true, instead: newerJVM},
	"UseCompactObjectHeaders":          {since: 24, sign: true, instead: newerJVM},
	"AOTCache":                         {since: 24, instead: newerJVM},
	"AOTMode":                          {since: 24, instead: newerJVM},
	"AOTConfiguration":                 {since: 24, instead: newerJVM},
	"AOTCacheOutput":                   {since: 25, instead: newerJVM},
	"UseZGC":                           {since: 11, sign: true, instead: "Choose another collector, or take a base image whose JVM has ZGC."},
	"UseShenandoahGC":                  {other: "JVMs built with Shenandoah, which Oracle's are not", sign: true, instead: "Choose another collector, or take a JDK that has Shenandoah (Temurin, Corretto, Red Hat)."},
	"CRaCRestoreFrom":                  {other: "JVMs built with CRaC (Azul Zulu, Liberica)", instead: "Take such a JVM, or remove it."},
	"CRaCCheckpointTo":                 {other: "JVMs built with CRaC (Azul Zulu, Liberica)", instead: "Take such a JVM, or remove it."},
	"-Xshareclasses":                   {other: "OpenJ9", instead: "Remove it, or use HotSpot's own class data sharing (-XX:SharedArchiveFile)."},
	"-Xgcpolicy":                       {other: "OpenJ9", instead: "Remove it, or choose one of HotSpot's collectors (-XX:+UseG1GC)."},
	"-Xquickstart":                     {other: "OpenJ9", instead: "Remove it; -XX:TieredStopAtLevel=1 comes near it."},
	"-Xscmx":                           {other: "OpenJ9", instead: "Remove it."},
	"-Xtune":                           {other: "OpenJ9", instead: "Remove it."},
	"-Xdump":                           {other: "OpenJ9", instead: "Remove it, or use -XX:+HeapDumpOnOutOfMemoryError."},
	"IdleTuningGcOnIdle":               {other: "OpenJ9", sign: true, instead: "Remove it."},
}
