/** What agents and gates did, oldest first, and what models are saying right now. */
import { ArrowDown } from "lucide-react";
import { useLayoutEffect, useRef, useState } from "react";
import type { FeedItem, Speech } from "../../../shared/live.ts";
import { useTopic } from "../../api/index.ts";
import { toExperiment } from "../../state/route.ts";
import { Button } from "../../ui/controls.tsx";
import { plural, time } from "../../ui/format.ts";

/** Messages that are shown; the others are in the experiments' own histories. */
const SHOWN = 200;
/** Px from the end that still count as being there. */
const NEAR = 24;

export function Feed({ archive }: { archive: string }) {
  const { data: feed } = useTopic("feed");
  const { data: speech } = useTopic("speech");
  const box = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const items = (feed ?? []).slice(-SHOWN);
  const hidden = (feed?.length ?? 0) - items.length;

  // What came is what it follows.
  useLayoutEffect(() => {
    if (atEnd && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [feed, speech, atEnd]);

  return (
    <section className="live-feed" aria-label="Messages">
      <h2>Messages</h2>
      <div
        className="live-scroll"
        ref={box}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
        tabIndex={0}
        onScroll={({ currentTarget: e }) => setAtEnd(e.scrollHeight - e.scrollTop - e.clientHeight < NEAR)}
      >
        {items.length === 0 && !speech?.length && <p className="muted">No message yet.</p>}
        {hidden > 0 && <p className="small muted">{plural(hidden, "earlier message")} not shown</p>}
        <div role="log" aria-label="Messages of the agents">
          <ol>
            {items.map((item, i) => (
              <Message key={hidden + i} item={item} archive={archive} />
            ))}
          </ol>
        </div>
        {speech?.map((s) => (
          <Saying key={`${s.experimentId} ${s.role} ${s.since}`} speech={s} />
        ))}
      </div>
      {!atEnd && (
        <Button small className="live-newest" onClick={() => setAtEnd(true)}>
          <ArrowDown size={13} aria-hidden /> Newest
        </Button>
      )}
    </section>
  );
}

function Message({ item, archive }: { item: FeedItem; archive: string }) {
  const { who, tone, text, name, experimentId, at } = item;
  return (
    <li className="live-message" data-tone={tone}>
      <span className="live-who">{who}</span>
      <p>
        {experimentId ? (
          <a href={toExperiment(archive, experimentId)} className="live-name" title={name}>
            {name}
          </a>
        ) : (
          <span className="secondary">{name}</span>
        )}{" "}
        {text}
      </p>
      <time dateTime={at} className="num small muted">
        {time(at)}
      </time>
    </li>
  );
}

function Saying({ speech: { role, model, text, characters, since } }: { speech: Speech }) {
  return (
    <div className="live-message live-saying">
      <span className="live-who">{role}</span>
      <div>
        <p className="small muted num">
          {model} answers, {characters.toLocaleString("en")} characters
        </p>
        <pre>{text}</pre>
      </div>
      <time dateTime={since} className="num small muted">
        {time(since)}
      </time>
    </div>
  );
}
