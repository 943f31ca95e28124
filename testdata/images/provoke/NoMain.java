/** A class that is no program. */
public class NoMain {
    public NoMain(int unused) {
    }
}
