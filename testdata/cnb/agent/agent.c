/* A JVMTI agent that asks the JVM for an interface and gives it an address that cannot be written to, so that the JVM dies
   inside itself, with an error report, while it starts. It needs no header of the JDK: of the invocation interface it
   uses the one function GetEnv, number 6 of the table (JNI specification, chapter 5). */

int Agent_OnLoad(void *vm, char *options, void *reserved) {
  (void)options;
  (void)reserved;
  int (*get_env)(void *, void **, int) = (int (*)(void *, void **, int))(*(void ***)vm)[6];
  return get_env(vm, (void **)8, 0x30010200); /* JVMTI 1.2 */
}
