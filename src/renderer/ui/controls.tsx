/** Buttons, fields and switches. */
import { Slot, ToggleGroup } from "radix-ui";
import {
  type ButtonHTMLAttributes,
  type ComponentProps,
  type InputHTMLAttributes,
  type ReactNode,
  useId,
  useState,
} from "react";
import { Tooltip } from "./overlays.tsx";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: "normal" | "primary" | "danger" | "quiet";
  small?: boolean;
  /** Renders the child (a link) in the button's place. */
  asChild?: boolean;
}

export function Button({ kind = "normal", small, asChild, className = "", ...rest }: ButtonProps) {
  const Tag = asChild ? Slot.Root : "button";
  const classes = ["button", kind === "normal" ? "" : kind, small ? "small" : "", className].filter(Boolean);
  return <Tag type={asChild ? undefined : "button"} {...rest} className={classes.join(" ")} />;
}

/** A button that shows only an icon: its name is its tooltip. */
export function IconButton({
  label,
  children,
  shortcut,
  ...rest
}: Omit<ButtonProps, "asChild"> & { label: string; shortcut?: string }) {
  return (
    <Tooltip text={shortcut ? `${label} (${shortcut})` : label}>
      <Button kind="quiet" {...rest} aria-label={label} className={`icon ${rest.className ?? ""}`}>
        {children}
      </Button>
    </Tooltip>
  );
}

interface FieldProps {
  label: string;
  help?: ReactNode;
  /** What is wrong, and how to mend it. */
  error?: string | null;
  /** The control, given what ties it to label, help and error. */
  children: (props: { id: string; "aria-describedby"?: string; "aria-invalid"?: boolean }) => ReactNode;
}

export function Field({ label, help, error, children }: FieldProps) {
  const id = useId();
  const described = error || help ? `${id}-help` : undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": described, "aria-invalid": error ? true : undefined })}
      {error ? (
        <p className="field-error" id={described}>
          {error}
        </p>
      ) : help ? (
        <p className="field-help" id={described}>
          {help}
        </p>
      ) : null}
    </div>
  );
}

export function TextInput({ className = "", ...rest }: ComponentProps<"input">) {
  return (
    <input type="text" spellCheck={false} autoComplete="off" {...rest} className={`input ${className}`} />
  );
}

/**
 * A number, or null where the field is empty. What is no number stays in the field and is told to `onChange` as NaN, so
 * that a form can refuse it.
 */
export function NumberInput({
  value,
  onChange,
  ...rest
}: Omit<InputHTMLAttributes<HTMLInputElement>, "value" | "onChange"> & {
  value: number | null;
  onChange: (value: number | null) => void;
}) {
  const [text, setText] = useState<string | null>(null);
  const shown = text ?? (value === null || Number.isNaN(value) ? "" : String(value));
  return (
    <TextInput
      inputMode="decimal"
      {...rest}
      value={shown}
      onChange={(event) => {
        const typed = event.target.value;
        setText(typed);
        onChange(typed.trim() === "" ? null : Number(typed.replace(/[\s_]/g, "").replace(",", ".")));
      }}
      onBlur={(event) => {
        if (value === null || !Number.isNaN(value)) setText(null);
        rest.onBlur?.(event);
      }}
    />
  );
}

export function Select<T extends string>({
  value,
  onChange,
  options,
  className = "",
  ...rest
}: {
  value: T;
  onChange: (value: T) => void;
  options: readonly { value: T; label: string; disabled?: boolean }[];
  id?: string;
  className?: string;
  "aria-label"?: string;
  disabled?: boolean;
}) {
  return (
    <select
      {...rest}
      className={`input ${className}`}
      value={value}
      onChange={(event) => onChange(event.target.value as T)}
    >
      {options.map((o) => (
        <option key={o.value} value={o.value} disabled={o.disabled}>
          {o.label}
        </option>
      ))}
    </select>
  );
}

/** One of a few, all visible. */
export function Segmented<T extends string>({
  value,
  onChange,
  options,
  label,
}: {
  value: T;
  onChange: (value: T) => void;
  options: readonly { value: T; label: ReactNode; name?: string }[];
  label: string;
}) {
  return (
    <ToggleGroup.Root
      type="single"
      className="segmented"
      aria-label={label}
      value={value}
      onValueChange={(next) => next && onChange(next as T)}
    >
      {options.map((o) => (
        <ToggleGroup.Item key={o.value} value={o.value} aria-label={o.name}>
          {o.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}

export function Check({
  checked,
  onChange,
  children,
  disabled,
}: {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
  disabled?: boolean;
}) {
  return (
    <label className="check">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span>{children}</span>
    </label>
  );
}
