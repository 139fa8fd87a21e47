/** One node with the HTTP transport, which needs a subclass; PACKAGE is elasticsearch or opensearch. */
class SearchNode extends org.PACKAGE.node.Node {
    SearchNode(org.PACKAGE.env.Environment environment) {
        super(environment, java.util.Collections.singletonList(org.PACKAGE.transport.Netty4Plugin.class), true);
    }

    /** Each argument is a setting, as name=value. */
    public static void main(String[] arguments) throws Exception {
        java.util.Map settings = new java.util.HashMap();
        for (int i = 0; i < arguments.length; i++) {
            int equals = arguments[i].indexOf('=');
            settings.put(arguments[i].substring(0, equals), arguments[i].substring(equals + 1));
        }
        final SearchNode node = new SearchNode(
            org.PACKAGE.node.InternalSettingsPreparer.prepareEnvironment(
                org.PACKAGE.common.settings.Settings.EMPTY, settings, null, null));
        Runtime.getRuntime().addShutdownHook(new Thread("close") {
            public void run() {
                try {
                    node.close();
                } catch (java.io.IOException failed) {
                    failed.printStackTrace();
                }
            }
        });
        node.start();
    }
}
