/** One node with the HTTP transport, which needs a subclass; PACKAGE is elasticsearch or opensearch. */
class SearchNode extends org.PACKAGE.node.Node {
    SearchNode(org.PACKAGE.env.Environment environment, java.util.List plugins) {
        super(environment, plugins, true);
    }

    /** Each argument is a setting, as name=value; with the property "plugin" it has the scripts super_detect_noop. */
    public static void main(String[] arguments) throws Exception {
        java.util.Map settings = new java.util.HashMap();
        for (int i = 0; i < arguments.length; i++) {
            int equals = arguments[i].indexOf('=');
            settings.put(arguments[i].substring(0, equals), arguments[i].substring(equals + 1));
        }
        java.util.List plugins = new java.util.ArrayList();
        plugins.add(org.PACKAGE.transport.Netty4Plugin.class);
        if (Boolean.getBoolean("plugin")) {
            plugins.add(SuperDetectNoop.class);
        }
        final SearchNode node = new SearchNode(
            org.PACKAGE.node.InternalSettingsPreparer.prepareEnvironment(
                org.PACKAGE.common.settings.Settings.EMPTY, settings, null, null),
            plugins);
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
