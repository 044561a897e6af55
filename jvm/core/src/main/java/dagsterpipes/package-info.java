/**
 * Reports from a JVM process to the Dagster step that started it: the external side of Dagster
 * Pipes. Start at {@link dagsterpipes.Pipes}.
 *
 * <p>A run passes through the packages in this order: {@code params} (where are context and
 * messages?), {@code context} (what is this step?), {@code report} (what the job says), {@code
 * message} (one line of JSON), {@code write} and {@code store} (how the line gets to Dagster). The
 * names are those of the Python package {@code dagster_pipes}.
 *
 * <p>A package imports only packages on floors below its own; {@code jvm/floors.txt} lists them.
 * Packages that say so in their own comment are internal.
 */
package dagsterpipes;
