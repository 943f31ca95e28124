/** A part of an application that cannot start: its exception has causes. */
public class Orders {
    void start() {
        try {
            connect();
        } catch (IllegalStateException e) {
            throw new RuntimeException("cannot start the order service", e);
        }
    }

    static void connect() {
        try {
            new java.io.FileInputStream("/etc/orders/password").close();
        } catch (java.io.IOException e) {
            throw new IllegalStateException("no connection to the order database", e);
        }
    }
}
