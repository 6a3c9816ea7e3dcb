/** A part of the window that fails does not take the rest with it. */
import { Component, type ReactNode, useEffect } from "react";
import { useConnection } from "../api/index.ts";
import { mayLoadAgain, NotRead } from "./part.tsx";
import { ErrorNote } from "./states.tsx";

interface Props {
  /** It stands around a whole screen, so that there is nothing else that loading the page again could take away. */
  screen?: boolean;
  children: ReactNode;
}

export class Fence extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };
  static getDerivedStateFromError(error: Error) {
    return { error };
  }
  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <div className={this.props.screen ? "page-scroll" : undefined}>
        {error instanceof NotRead ? (
          <LoadAgain error={error} unasked={this.props.screen ?? false} />
        ) : (
          <ErrorNote
            error={{
              message: `This ${this.props.screen ? "screen" : "part"} could not be shown: ${error.message}`,
              fix: "Nothing of the archive was touched. Try again, or go to another screen; Settings has a diagnostics bundle for a report.",
            }}
            retry={() => this.setState({ error: null })}
          />
        )}
      </div>
    );
  }
}

/** The way out is to load the page again. What a screen shows is in the address, and comes back. */
function LoadAgain({ error, unasked }: { error: NotRead; unasked: boolean }) {
  const { state } = useConnection();
  useEffect(() => {
    if (unasked && state === "open" && mayLoadAgain(sessionStorage, Date.now())) location.reload();
  }, [state, unasked]);
  const gone = state === "lost";
  const then = unasked ? "this comes by itself" : "try again";
  return (
    <ErrorNote
      error={{
        message: error.message,
        fix: gone
          ? `Cambrian does not answer. Nothing of the archive was touched; when it answers, ${then}.`
          : "Nothing of the archive was touched. Try again: the window is loaded anew, and comes back here.",
      }}
      retry={gone ? undefined : () => location.reload()}
    />
  );
}
