package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/** A command that writes or changes a table, and its analysed plan. Immutable. */
final class Command {
  private final LogicalPlan plan;
  private final Write write;

  Command(LogicalPlan plan, Write write) {
    this.plan = plan;
    this.write = write;
  }

  LogicalPlan plan() {
    return plan;
  }

  Write write() {
    return write;
  }

  Command withWrite(Write other) {
    return new Command(plan, other);
  }

  /** The changes of their places by commands of a plan that failed. */
  static List<Command> failed(List<Command> commands) {
    List<Command> failed = new ArrayList<>();
    commands.forEach(command -> failed.add(command.withWrite(command.write.failed())));
    return failed;
  }
}
