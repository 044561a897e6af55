/**
 * Reports from a JVM process to the Dagster step that started it: the external side of Dagster
 * Pipes. Start at {@link dagsterpipes.Pipes}.
 *
 * <p>A session passes through the packages in this order:
 *
 * <ul>
 *   <li>{@code params} finds the parameters that name the places of context and messages.
 *   <li>{@code context} describes this step.
 *   <li>{@code report} has the values that the job reports.
 *   <li>{@code message} makes one line of JSON.
 *   <li>{@code write} and {@code store} bring the line to Dagster.
 * </ul>
 *
 * The names are those of the Python package {@code dagster_pipes}.
 *
 * <p>A package imports only packages on floors below its own; {@code jvm/floors.txt} lists them.
 * Packages that say so in their own comment are internal.
 */
package dagsterpipes;
