/** Update scripts of the language super_detect_noop; of its handlers only multilist, as SPEC.md section 6 has it. */
public class SuperDetectNoop extends org.PACKAGE.plugins.Plugin implements org.PACKAGE.plugins.ScriptPlugin {
    public org.PACKAGE.script.ScriptEngine getScriptEngine(
            org.PACKAGE.common.settings.Settings settings, java.util.Collection contexts) {
        return new Engine();
    }

    /** All scripts are the same one: what it does is in its parameters. */
    static class Engine implements org.PACKAGE.script.ScriptEngine, org.PACKAGE.script.UpdateScript.Factory {
        public String getType() {
            return "super_detect_noop";
        }

        public java.util.Set getSupportedContexts() {
            return java.util.Collections.singleton(org.PACKAGE.script.UpdateScript.CONTEXT);
        }

        public Object compile(
                String name, String source, org.PACKAGE.script.ScriptContext context, java.util.Map options) {
            return this;
        }

        public org.PACKAGE.script.UpdateScript newInstance(java.util.Map parameters, java.util.Map context) {
            return new Script(parameters, context);
        }

        public void close() {
        }
    }

    static class Script extends org.PACKAGE.script.UpdateScript {
        Script(java.util.Map parameters, java.util.Map context) {
            super(parameters, context);
        }

        public void execute() {
            java.util.Map document = (java.util.Map) getCtx().get("_source");
            java.util.Map handlers = (java.util.Map) getParams().get("handlers");
            java.util.Map source = (java.util.Map) getParams().get("source");
            boolean changed = false;
            for (java.util.Iterator fields = source.keySet().iterator(); fields.hasNext();) {
                Object field = fields.next();
                if (!"multilist".equals(handlers.get(field))) {
                    throw new IllegalArgumentException(field + ": no such handler: " + handlers.get(field));
                }
                java.util.Map before = groups(document.get(field));
                java.util.Map after = multilist(before, groups(source.get(field)));
                if (!after.equals(before)) {
                    document.put(field, texts(after));
                    changed = true;
                }
            }
            if (!changed) {
                getCtx().put("op", "none");
            }
        }
    }

    static java.util.Map multilist(java.util.Map before, java.util.Map named) {
        java.util.Map after = new java.util.LinkedHashMap(before);
        for (java.util.Iterator groups = named.keySet().iterator(); groups.hasNext();) {
            Object group = groups.next();
            if (named.get(group).equals(java.util.Collections.singleton(group + "/__DELETE_GROUPING__"))) {
                after.remove(group);
            } else {
                after.put(group, named.get(group));
            }
        }
        return after;
    }

    /** Texts by the part before their first slash; as sets, since their order does not matter. */
    static java.util.Map groups(Object field) {
        java.util.Map groups = new java.util.LinkedHashMap();
        java.util.Collection texts = field == null ? java.util.Collections.EMPTY_LIST
            : field instanceof java.util.Collection ? (java.util.Collection) field
            : java.util.Collections.singletonList(field);
        for (java.util.Iterator each = texts.iterator(); each.hasNext();) {
            String text = (String) each.next();
            int slash = text.indexOf('/');
            String group = slash < 0 ? text : text.substring(0, slash);
            if (!groups.containsKey(group)) {
                groups.put(group, new java.util.LinkedHashSet());
            }
            ((java.util.Set) groups.get(group)).add(text);
        }
        return groups;
    }

    static java.util.List texts(java.util.Map groups) {
        java.util.List texts = new java.util.ArrayList();
        for (java.util.Iterator each = groups.values().iterator(); each.hasNext();) {
            texts.addAll((java.util.Collection) each.next());
        }
        return texts;
    }
}
