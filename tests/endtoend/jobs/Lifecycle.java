import dagsterpipes.Pipes;
import dagsterpipes.PipesContext;
import dagsterpipes.message.PipesMessage;
import dagsterpipes.write.FileMessageWriterChannel;
import dagsterpipes.write.MessageWriter;
import dagsterpipes.write.MessageWriterChannel;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** Ends in the way that its first argument names, with a session open. It needs no Spark. */
public class Lifecycle {
  static final List<Object> HEAP = new ArrayList<>();

  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "exit":
        Pipes.run(args, pipes -> {
          pipes.log().info("before");
          leave(Integer.parseInt(args[1]));
        });
        break;
      case "exit-in-another-thread":
        Pipes.run(args, pipes -> {
          pipes.log().info("before");
          new Thread(() -> leave(0), "leaver").start();
          while (true) pipes.log().info("on and on"); // reports until the process is gone
        });
        break;
      case "end":
        Pipes.open(args).log().info("before");
        break;
      case "wait":
        Pipes.run(args, pipes -> {
          pipes.log().info("before");
          ready();
          new CountDownLatch(1).await();
        });
        break;
      case "uncaught":
        Pipes.open(args).log().info("before");
        join(new Thread(() -> { throw new IllegalStateException("the worker is lost", new RuntimeException("a deeper reason")); }, "worker"));
        break;
      case "uncaught-then-closed":
        try (PipesContext pipes = Pipes.open(args)) {
          join(new Thread(() -> { throw new IllegalStateException("the worker is lost"); }, "worker"));
          pipes.log().info("after");
        }
        break;
      case "main-throws":
        Pipes.open(args).log().info("before");
        throw new IllegalStateException("main is lost");
      case "failed":
        try (PipesContext pipes = Pipes.open(args)) {
          try {
            throw new IllegalStateException("told by failed");
          } catch (Throwable t) {
            throw pipes.failed(t);
          }
        } catch (Throwable t) {
          throw new RuntimeException(t);
        }
      case "out-of-memory":
        Pipes.run(args, pipes -> {
          pipes.log().info("before");
          while (true) HEAP.add(new Object[10]); // small ones: nothing is left at all
        });
        break;
      case "overflow":
        Pipes.run(args, pipes -> {
          pipes.log().info("before");
          deeper(0);
        });
        break;
      case "slow-close":
        Pipes.builder().messageWriter(new Slow(args[1])).run(pipes -> pipes.log().info("before"));
        break;
      case "stuck":
        Pipes.builder().messageWriter(new Stuck()).run(pipes -> {
          Thread writes = new Thread(() -> pipes.log().info("stuck"));
          writes.setDaemon(true);
          writes.start();
          Stuck.IN_WRITE.await();
          leave(4);
        });
        break;
      case "unicode":
        Pipes.run(args, pipes -> {
          String text = pipes.extra("text", String.class);
          pipes.log().info(text);
          pipes.log().info("lone \ud800 and \udc00.");
          pipes.reportAssetMaterialization(Collections.singletonMap(text, text));
          throw new IllegalStateException(text, new RuntimeException("lone \udfff."));
        });
        break;
      default:
        throw new IllegalArgumentException(args[0]);
    }
  }

  static void leave(int code) {
    System.exit(code);
  }

  static int deeper(int depth) {
    return deeper(depth + 1) + 1;
  }

  static void ready() {
    System.out.println("ready");
  }

  static void join(Thread thread) throws InterruptedException {
    thread.start();
    thread.join();
  }

  /** A channel whose close takes a moment, and says when it began. */
  static final class Slow implements MessageWriter {
    private final String done;

    Slow(String done) {
      this.done = done;
    }

    @Override
    public MessageWriterChannel open(Map<String, Object> params) {
      MessageWriterChannel file = new FileMessageWriterChannel((String) params.get("path"));
      return new MessageWriterChannel() {
        @Override
        public boolean write(PipesMessage message) {
          return file.write(message);
        }

        @Override
        public void close() {
          ready();
          try {
            Thread.sleep(1000);
            Files.createFile(Paths.get(done));
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        }
      };
    }
  }

  /** A channel that takes `opened` and nothing else. */
  static final class Stuck implements MessageWriter {
    static final CountDownLatch IN_WRITE = new CountDownLatch(1);

    @Override
    public MessageWriterChannel open(Map<String, Object> params) {
      return new MessageWriterChannel() {
        @Override
        public boolean write(PipesMessage message) {
          if (!message.method().equals("opened")) {
            IN_WRITE.countDown();
            try {
              new CountDownLatch(1).await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          }
          return true;
        }

        @Override
        public void close() {}
      };
    }
  }
}
