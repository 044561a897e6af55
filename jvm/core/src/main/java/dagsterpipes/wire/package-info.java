/**
 * The names of the wire, each in one place: keys of parameters and of the configuration, fields of
 * the context and of messages. The package has no logic and imports no other package of this
 * library. Its mirror is Python's {@code dagster_pipes_jvm.wire}.
 */
package dagsterpipes.wire;
