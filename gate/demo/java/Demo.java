import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** The program inside the Java images of `gate demo`: a server that works, and a job that runs out of heap. */
public final class Demo {
    public static void main(String[] args) throws Exception {
        if (args.length == 1 && args[0].equals("import")) {
            importCatalogue();
            return;
        }
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
        server.createContext("/", exchange -> {
            byte[] body = "UP\n".getBytes();
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        System.out.println("Java " + System.getProperty("java.version") + ", listening on port 8080");
    }

    private static void importCatalogue() {
        List<byte[]> parts = new ArrayList<>();
        while (true) {
            parts.add(new byte[4 << 20]);
            System.out.println("read part " + parts.size() + " of the catalogue");
        }
    }
}
