import java.io.InputStream;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Dies in the way its first argument names. The source is that of Java 11, so that every JDK from there on takes it. */
public class Provoke {
    static volatile long sink;

    public static void main(String[] args) throws Throwable {
        System.out.println("Provoke starts: " + args[0]);
        switch (args[0]) {
            case "unsafe": unsafe().getLong(0); break;
            case "native": System.load("/app/libprovoke.so"); die(args[1]); break;
            case "load": System.load(args[1]); break;
            case "library": System.loadLibrary(args[1]); break;
            case "unbound": unbound(); break;
            case "heap": heap(); break;
            case "heap-aside": aside(); break;
            case "array": sink = new int[Integer.MAX_VALUE].length; break;
            case "metaspace": metaspace(); break;
            case "overhead": overhead(); break;
            case "direct": direct(); break;
            case "threads": threads(true); break;
            case "threads-alive": threads(false); break;
            case "recursion": sink = depth(0); break;
            case "collect": while (true) { System.gc(); }
            case "spin": spin(); break;
            case "exception": new Orders().start(); break;
            case "class": Class.forName(args[1]).getDeclaredConstructor().newInstance(); break;
            case "caught": caught(); break;
            case "sleep": Thread.sleep(Long.MAX_VALUE); break;
            case "nothing": break;
            default: throw new IllegalArgumentException(args[0]);
        }
        System.out.println("Provoke ends");
    }

    static native void die(String how);

    static native void unbound();

    static sun.misc.Unsafe unsafe() throws Exception {
        Field field = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");
        field.setAccessible(true);
        return (sun.misc.Unsafe) field.get(null);
    }

    static void heap() {
        List<byte[]> rows = new ArrayList<>();
        while (true) {
            rows.add(new byte[1 << 20]);
        }
    }

    /** A worker runs out of heap, and the main thread goes on. */
    static void aside() throws Exception {
        Thread worker = new Thread(Provoke::heap, "import-worker-1");
        worker.start();
        worker.join();
        System.out.println("Started Application in 1.2 seconds");
        Thread.sleep(Long.MAX_VALUE);
    }

    /** An application that can do with less logs that it could not have more. */
    static void caught() {
        try {
            heap();
        } catch (OutOfMemoryError e) {
            System.out.println("cache is full, going on without: " + e);
        }
    }

    static class Loader extends ClassLoader {
        Class<?> define(byte[] bytes) {
            return defineClass("Orders", bytes, 0, bytes.length);
        }
    }

    static void metaspace() throws Exception {
        byte[] bytes;
        try (InputStream in = Provoke.class.getResourceAsStream("/Orders.class")) {
            bytes = in.readAllBytes();
        }
        List<Class<?>> kept = new ArrayList<>();
        while (true) {
            kept.add(new Loader().define(bytes));
        }
    }

    static void overhead() {
        Map<Long, String> rows = new HashMap<>();
        for (long i = 0; ; i++) {
            rows.put(i, "row " + i);
        }
    }

    static void direct() {
        List<ByteBuffer> buffers = new ArrayList<>();
        while (true) {
            buffers.add(ByteBuffer.allocateDirect(1 << 20));
        }
    }

    static void threads(boolean daemons) {
        for (int i = 0; ; i++) {
            Thread worker = new Thread(() -> {
                try {
                    Thread.sleep(Long.MAX_VALUE);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }, "worker-" + i);
            worker.setDaemon(daemons);
            worker.start();
        }
    }

    static int depth(int n) {
        return depth(n + 1) + 1;
    }

    /** A counted loop without a safepoint in it, while another thread asks for one. */
    static void spin() {
        Thread asking = new Thread(() -> {
            while (true) {
                System.gc();
            }
        });
        asking.setDaemon(true);
        asking.start();
        for (int i = 0; i < 1000; i++) {
            sink = count();
        }
    }

    static long count() {
        long n = sink;
        for (int i = 0; i < Integer.MAX_VALUE; i++) {
            n = n * 31 + i;
        }
        return n;
    }
}
