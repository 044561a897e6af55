package dagsterpipes.instrument;

import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd;
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart;
import org.apache.spark.sql.streaming.StreamingQueryListener.QueryStartedEvent;
import org.apache.spark.sql.streaming.StreamingQueryListener.QueryTerminatedEvent;

/** Spark's events, each to the parts that look at it. Called by one thread of Spark. */
final class EventListener extends SparkListener {
  private final Guard guard;
  private final Failures failures;
  private final Executions executions;
  private final Jobs jobs;
  private final Guard streamsGuard;
  private final Guard metricsGuard;
  private final Stages stages;
  private final Progress progress;

  EventListener(SparkContext spark, Findings findings) {
    guard = new Guard("what is seen of writes and failures", findings.notices);
    streamsGuard = new Guard("what is seen of streaming queries", findings.notices);
    failures = new Failures(findings.notices);
    executions = new Executions(findings, spark.conf(), failures);
    jobs = new Jobs(spark, findings, executions, failures);
    metricsGuard = new Guard("what is seen of stages and tasks", findings.notices);
    stages = findings.stages;
    progress = new Progress(findings.notices);
  }

  @Override
  public void onJobStart(SparkListenerJobStart event) {
    guard.run(() -> jobs.started(event));
    metricsGuard.run(() -> progress.started(event));
  }

  @Override
  public void onStageSubmitted(SparkListenerStageSubmitted event) {
    metricsGuard.run(() -> stages.submitted(event, executions.description(event.properties())));
  }

  @Override
  public void onStageCompleted(SparkListenerStageCompleted event) {
    metricsGuard.run(
        () -> {
          stages.completed(event);
          progress.completed(event);
        });
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd event) {
    guard.run(() -> jobs.taskEnded(event));
    metricsGuard.run(
        () -> {
          stages.taskEnded(event);
          progress.taskEnded(event);
        });
  }

  @Override
  public void onJobEnd(SparkListenerJobEnd event) {
    guard.run(() -> jobs.ended(event));
    metricsGuard.run(() -> progress.ended(event));
  }

  @Override
  public void onOtherEvent(SparkListenerEvent event) {
    if (event instanceof SparkListenerSQLExecutionStart) {
      guard.run(() -> executions.started((SparkListenerSQLExecutionStart) event));
    } else if (event instanceof SparkListenerSQLExecutionEnd) {
      guard.run(() -> executions.ended((SparkListenerSQLExecutionEnd) event));
    } else if (event instanceof QueryStartedEvent) {
      QueryStartedEvent started = (QueryStartedEvent) event;
      streamsGuard.run(() -> executions.streamStarted(started.id(), started.runId()));
    } else if (event instanceof QueryTerminatedEvent) {
      QueryTerminatedEvent ended = (QueryTerminatedEvent) event;
      streamsGuard.run(() -> executions.streamEnded(ended.runId()));
      guard.run(() -> failures.queryEnded(ended));
    }
  }
}
