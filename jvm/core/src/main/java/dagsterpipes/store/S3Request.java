package dagsterpipes.store;

/** The two requests that we send to S3, with what the words of an error need. */
public enum S3Request {
  /** Reads the context that the orchestration side's context injector put there. */
  GET("read", "GetObject", "s3:GetObject", "the context parameter"),
  /** Writes a chunk of messages where the orchestration side's message reader looks for it. */
  PUT("write", "PutObject", "s3:PutObject", "the messages parameter");

  final String verb;
  final String operation;
  final String permission;
  final String parameters;

  S3Request(String verb, String operation, String permission, String parameters) {
    this.verb = verb;
    this.operation = operation;
    this.permission = permission;
    this.parameters = parameters;
  }
}
