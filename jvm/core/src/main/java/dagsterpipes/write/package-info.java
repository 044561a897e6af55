/**
 * The channels of messages: a file, a stream, or numbered chunks in a store. Each delivers in order
 * and retries. Implement {@code MessageWriter} for any other channel.
 */
package dagsterpipes.write;
