/**
 * S3 through the AWS SDK that the job brings, as a store. Internal but for its names in service
 * files: may change any day.
 */
package dagsterpipes.s3;
