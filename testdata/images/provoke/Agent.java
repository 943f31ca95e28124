/** An agent that throws before the application starts. */
public class Agent {
    public static void premain(String args) {
        throw new IllegalStateException("the agent has no configuration");
    }
}
