/**
 * S3 as a store, through the AWS SDK of the job.
 *
 * <p>Internal: may change any day.
 */
package dagsterpipes.s3;
