class Cache:
    """States of the layers during generation: cache[i] is layer i's dict. Training uses none."""

    def __init__(self, seen_tokens: int = 0):
        self.states: list[dict] = []
        self.seen = seen_tokens

    def __len__(self) -> int:
        return len(self.states)

    def __getitem__(self, layer_idx: int) -> dict:
        return self.states[layer_idx]

    def __iter__(self):
        return iter(self.states)

    def update(
        self,
        recurrent_state=None,
        attn_state=None,
        conv_state=None,
        ffn_state=None,
        layer_idx: int = 0,
        offset: int = 1,
        cache_kwargs: dict | None = None,
        **kwargs,
    ) -> dict:
        """Stores what is not None for a layer and gives its dict; layers must come in order at first."""
        given = {
            "recurrent_state": recurrent_state,
            "attn_state": attn_state,
            "conv_state": conv_state,
            "ffn_state": ffn_state,
        }
        if layer_idx == len(self.states):
            self.states.append(dict.fromkeys(given))
        if layer_idx == 0:
            self.seen += offset
        self.states[layer_idx].update({name: state for name, state in given.items() if state is not None})
        return self.states[layer_idx]

    def get_seq_length(self, layer_idx: int | None = 0) -> int:
        return self.seen
