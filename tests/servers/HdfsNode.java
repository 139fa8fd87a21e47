/** A name node and a data node in one process; each argument is a setting, as name=value. */
class HdfsNode {
    public static void main(String[] arguments) throws Exception {
        org.apache.hadoop.conf.Configuration settings = new org.apache.hadoop.hdfs.HdfsConfiguration();
        for (int i = 0; i < arguments.length; i++) {
            int equals = arguments[i].indexOf('=');
            settings.set(arguments[i].substring(0, equals), arguments[i].substring(equals + 1));
        }
        // Formatting makes a name node, too; each has metrics of the same names.
        org.apache.hadoop.metrics2.lib.DefaultMetricsSystem.setMiniClusterMode(true);
        try {
            if (!new java.io.File(settings.get("dfs.namenode.name.dir"), "current/VERSION").exists()) {
                org.apache.hadoop.hdfs.server.namenode.NameNode.format(settings);
            }
            org.apache.hadoop.hdfs.server.namenode.NameNode.createNameNode(new String[] {}, settings);
            org.apache.hadoop.hdfs.server.datanode.DataNode.createDataNode(new String[] {}, settings);
        } catch (Exception failed) {
            failed.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }
}
