/**
 * The names of the wire, each written down once: keys of parameters and of the configuration,
 * fields of the context and of messages. Holds no logic, imports nothing of ours. Its mirror is
 * Python's {@code dagster_pipes_jvm.wire}.
 */
package dagsterpipes.wire;
