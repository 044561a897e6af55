package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.spark.SparkContext;
import org.apache.spark.executor.OutputMetrics;
import org.apache.spark.scheduler.JobFailed;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.StageInfo;

/**
 * Spark jobs that run: what their tasks wrote, and why one failed. A job of an SQL execution is
 * counted there; any other one that has written something is a write of its own. Confined to one
 * thread.
 */
final class Jobs {
  private static final int MOST = 10_000;

  /** One that runs. */
  private static final class Job {
    /** Null outside of SQL. */
    Long execution;

    /** The streaming query to which it belongs; null if it belongs to none. */
    String query;

    String name;

    /** The call of its last stage, as Spark names it. */
    String site;

    final List<Integer> stages = new ArrayList<>();

    /** The write by which an RDD is saved; null if it is not seen. */
    RddWrites saved;

    long rows;
    long bytes;
  }

  private final SparkContext spark;
  private final Findings findings;
  private final Executions executions;
  private final Failures failures;
  private final Map<Integer, Job> jobs = new Recent<>(MOST);
  private final Map<Integer, Job> byStage = new Recent<>(MOST);

  Jobs(SparkContext spark, Findings findings, Executions executions, Failures failures) {
    this.spark = spark;
    this.findings = findings;
    this.executions = executions;
    this.failures = failures;
  }

  void started(SparkListenerJobStart event) {
    Job job = new Job();
    Properties properties = event.properties();
    String execution = properties == null ? null : properties.getProperty("spark.sql.execution.id");
    job.execution = execution == null ? null : Long.valueOf(execution);
    job.query = Failures.queryOf(properties);
    String description =
        properties == null ? null : properties.getProperty("spark.job.description");
    StageInfo last = null;
    for (Object element : ScalaView.list(event, "stageInfos")) {
      StageInfo stage = (StageInfo) element;
      last = last == null || stage.stageId() > last.stageId() ? stage : last;
      job.stages.add(stage.stageId());
      byStage.put(stage.stageId(), job);
    }
    // Adaptive execution starts jobs from threads of its own: their stages' names are of its code.
    String asked = executions.description(properties);
    String site = last == null ? "" : last.name();
    job.site = site;
    if (description == null || description.equals(asked)) {
      job.name = asked == null ? site : asked;
    } else {
      job.name = description + " (" + site + ")";
    }
    if (job.execution == null) {
      job.saved = RddWrites.of(spark, event.jobId());
    }
    jobs.put(event.jobId(), job);
  }

  void taskEnded(SparkListenerTaskEnd event) {
    if (event.taskMetrics() == null || !event.taskInfo().successful()) {
      return;
    }
    OutputMetrics output = event.taskMetrics().outputMetrics();
    if (output.recordsWritten() == 0 && output.bytesWritten() == 0) {
      return;
    }
    Job job = byStage.get(event.stageId());
    if (job != null) {
      job.rows += output.recordsWritten();
      job.bytes += output.bytesWritten();
    }
  }

  void ended(SparkListenerJobEnd event) {
    Job job = jobs.remove(event.jobId());
    if (job == null) {
      return;
    }
    for (Integer stage : job.stages) {
      byStage.remove(stage, job);
    }
    if (event.jobResult() instanceof JobFailed) {
      failures.failed(
          job.query,
          "Spark job " + event.jobId() + " failed: " + job.name,
          ((JobFailed) event.jobResult()).exception());
      executions.jobFailed(job.execution);
      if (job.saved != null) {
        findings.outputs.add(job.saved.failed());
      }
    } else if (job.execution != null) {
      executions.wrote(job.execution, job.rows, job.bytes);
    } else if (job.saved != null || job.rows > 0) {
      RddWrites saved = job.saved == null ? RddWrites.NOT_SEEN : job.saved;
      findings.outputs.add(saved.counted(job.rows, job.bytes, job.site));
    }
  }
}
