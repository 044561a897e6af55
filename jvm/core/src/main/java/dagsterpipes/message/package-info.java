/** One message as one line of JSON. */
package dagsterpipes.message;
