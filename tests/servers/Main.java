/** Runs a main class, and the process for as long as somebody holds the other end of standard input. */
public class Main {
    public static void main(String[] arguments) throws Exception {
        Thread watch = new Thread("watch") {
            public void run() {
                try {
                    while (System.in.read() >= 0) {
                    }
                } catch (java.io.IOException closed) {
                    // As good as its end.
                }
                Runtime.getRuntime().halt(1);
            }
        };
        watch.start();
        String[] rest = new String[arguments.length - 1];
        System.arraycopy(arguments, 1, rest, 0, rest.length);
        Main.class.getClassLoader().loadClass(arguments[0])
            .getMethod("main", new Class[] {String[].class})
            .invoke(null, new Object[] {rest});
    }
}
