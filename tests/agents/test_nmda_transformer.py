"""The NMDA transformer: what it sees, what it does not, and that training answers as scoring does."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from agents import make_agent
from agents.base import Batch
from agents.parts.place_codes import MOVES, LearnedCode, RotationCode
from hippo_envs import hexagonal_graph, rectangle_graph

N_OBSERVATIONS, N_ACTIONS, WINDOW = 7, 5, 10
SEGMENT = WINDOW // 2
SIZES = {"n_units": 16, "n_heads": 2, "n_hidden": 24, "window": WINDOW, "n_place": 8}
VARIANTS = [{}, {"position": "learned"}, {"relative_bias": True}, {"n_layers": 3}]


def make(**sizes):
    torch.manual_seed(0)
    agent = make_agent("nmda", N_OBSERVATIONS, N_ACTIONS, **SIZES | sizes).double().eval()
    if sizes.get("position") == "learned":
        torch.nn.init.normal_(agent.place_code.transition, std=0.1)
    return agent


def walks(n_steps, n_walks=3):
    generator = torch.Generator().manual_seed(0)
    observations = torch.randint(N_OBSERVATIONS, (n_walks, n_steps), generator=generator)
    return observations, torch.randint(N_ACTIONS, (n_walks, n_steps), generator=generator)


def one_by_one(agent, observations, actions):
    """Each step on its own, from the half window before its segment and what of the segment came earlier."""
    start = agent.initial_state(len(observations))
    places, _ = agent.place_code.walk(start.place, actions)
    answers = []
    for t in range(observations.shape[1]):
        first = max(t - t % SEGMENT - SEGMENT, 0)
        sees = torch.ones(1, 1, t - first, dtype=torch.bool)
        content = observations[:, first:t], places[:, first:t], places[:, t : t + 1]
        answers.append(agent.answer(*content, sees, t - first)[0][:, 0])
    return torch.stack(answers, dim=1)


@pytest.mark.parametrize("sizes", VARIANTS, ids=str)
@pytest.mark.parametrize("n_steps", [23, 25, 3])
def test_a_segment_in_one_pass_is_one_step_at_a_time_in_answer_and_gradient(sizes, n_steps):
    agent, (observations, actions) = make(**sizes), walks(n_steps)
    known = torch.rand(observations.shape, generator=torch.Generator().manual_seed(1)) < 0.7
    places, _ = agent.place_code.walk(agent.initial_state(3).place, actions)
    slow = one_by_one(agent, observations, actions)
    torch.testing.assert_close(agent.answer_segments(observations, places), slow, rtol=0, atol=1e-12)
    parameters = dict(agent.named_parameters())
    loss = F.cross_entropy(slow[known], observations[known])
    expected = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
    agent.zero_grad()
    agent.losses(Batch(observations, actions, known))["cross_entropy"].backward()
    for (name, parameter), gradient in zip(parameters.items(), expected, strict=True):
        if gradient is None:
            assert parameter.grad is None, name
        else:
            torch.testing.assert_close(parameter.grad, gradient, rtol=0, atol=1e-12, msg=name)


@pytest.mark.parametrize("sizes", VARIANTS, ids=str)
def test_it_sees_a_window_and_not_a_step_further(sizes):
    """Three layers that attended to each other's outputs would see three windows."""
    agent, (observations, actions) = make(**sizes), walks(40, n_walks=1)
    changed = observations.clone()
    changed[:, 12] = (changed[:, 12] + 1) % N_OBSERVATIONS
    before, after = (agent(seen, actions, agent.initial_state(1)).logits for seen in (observations, changed))
    moved = (before != after).any(dim=-1)[0]
    assert moved.nonzero().flatten().tolist() == list(range(13, 13 + WINDOW))


def layer_by_layer(agent, observations, positions, t):
    """What units do at step `t` of one walk, from the weights: token by token and head by head, in NumPy."""
    weights = {name: values.numpy() for name, values in agent.state_dict().items()}
    at = np.maximum(positions.numpy() @ weights["embed_place.0.weight"].T, 0)
    tokens = [np.append(weights["embed_symbol.weight"][observations[i]], at[i]) for i in range(max(t - WINDOW, 0), t)]
    tokens.append(np.append(weights["masked"], at[t]))
    n_heads, width = agent.config.n_heads, agent.config.n_units // agent.config.n_heads
    activity = {}
    for layer in range(agent.config.n_layers):
        part = {name.removeprefix(f"blocks.{layer}."): values for name, values in weights.items()}

        def normed(token, norm, part=part):
            standard = (token - token.mean()) / np.sqrt(token.var() + 1e-5)
            return standard * part[f"{norm}.weight"] + part[f"{norm}.bias"]

        heard = [normed(token, "attention_norm") for token in tokens]
        queries = [part["to_query.weight"] @ token for token in heard]
        keys, values = zip(*(np.split(part["to_key_value.weight"] @ token, 2) for token in heard), strict=True)
        after = []
        for i, token in enumerate(tokens):
            attended = []
            for head in range(n_heads):
                of_head = slice(head * width, (head + 1) * width)
                likeness = np.array([queries[i][of_head] @ keys[j][of_head] for j in range(i + 1)]) / np.sqrt(width)
                if "by_distance.weight" in part:
                    likeness += [part["by_distance.weight"][min(i - j, WINDOW - 1), head] for j in range(i + 1)]
                share = np.exp(likeness) / np.exp(likeness).sum()
                attended.extend(sum(share[j] * values[j][of_head] for j in range(i + 1)))
            token = token + part["from_values.weight"] @ attended
            potential = part["to_hidden.weight"] @ normed(token, "feed_forward_norm")
            hidden = potential / (1 + agent.config.alpha * np.exp(-potential))
            after.append(token + part["from_hidden.weight"] @ hidden)
        tokens = after
        # Of the last token, which is the masked one.
        activity |= {f"attention_{layer + 1}": attended, f"hidden_{layer + 1}": hidden}
    return activity


@pytest.mark.parametrize("sizes", [*VARIANTS, {"alpha": 0.0}], ids=str)
def test_units_of_a_step_are_those_of_its_own_question_in_every_layer(sizes):
    """Heads side by side, not yet mixed by W_o; before, as and after the window is full."""
    agent, (observations, actions) = make(**sizes), walks(WINDOW + 5)
    for block in agent.blocks:
        if block.by_distance is not None:
            torch.nn.init.normal_(block.by_distance.weight)
    with torch.no_grad():
        activity = agent(observations, actions, agent.initial_state(3)).activity
        for t in (0, 1, WINDOW - 1, WINDOW, WINDOW + 4):
            expected = layer_by_layer(agent, observations[1], activity["position"][1], t)
            assert activity.keys() == {"position", *expected}
            for name, units in expected.items():
                np.testing.assert_allclose(activity[name][1, t], units, rtol=0, atol=1e-12, err_msg=f"{name}, {t}")


def test_until_its_window_is_full_training_and_scoring_answer_alike():
    agent, (observations, actions) = make(), walks(WINDOW)
    places, _ = agent.place_code.walk(agent.initial_state(3).place, actions)
    scored = agent(observations, actions, agent.initial_state(3)).logits
    torch.testing.assert_close(agent.answer_segments(observations, places), scored, rtol=0, atol=1e-12)


def test_where_it_has_been_is_all_that_position_says():
    """On a walk that never moves, all positions are one: without a bias by distance, order is lost."""
    agent = make()
    still = torch.full((1, WINDOW + 1), MOVES["square"].index((0.0, 0.0)))
    observations = torch.arange(WINDOW + 1)[None] % N_OBSERVATIONS
    last = agent(observations, still, agent.initial_state(1)).logits[0, -1]
    shuffled = observations.clone()
    shuffled[0, [2, 7]] = observations[0, [7, 2]]
    other = agent(shuffled, still, agent.initial_state(1)).logits[0, -1]
    assert (last - other).abs().max() < 0.05 * last.abs().max()  # a later pair has attended to more than an earlier one


@pytest.mark.parametrize(
    ("lattice", "graph"),
    [("square", rectangle_graph(5, 5, stay=True)), ("hexagonal", hexagonal_graph(3, stay=True))],
)
def test_actions_lead_where_the_environment_leads(lattice, graph):
    code = RotationCode(graph.n_actions, 8, lattice)
    middle = int(((graph.positions - graph.positions.mean(axis=0)) ** 2).sum(axis=1).argmin())
    actions = torch.arange(graph.n_actions)[:, None]
    _, after = code.walk(code.start(graph.n_actions, torch.Generator()), actions)
    expected = graph.positions[graph.next_node[middle]] - graph.positions[middle]
    torch.testing.assert_close(after, torch.tensor(expected, dtype=torch.float32))


def test_the_rotation_code_turns_by_the_same_angles_wherever_a_move_is_made():
    code = RotationCode(5, 16, "square").double()
    places = torch.randn(20, 2, dtype=torch.float64)
    east = torch.zeros(20, 1, dtype=torch.long)
    _, after = code.walk(places, east)
    cosines, sines = code.shown(places).chunk(2, dim=1)
    turned = torch.complex(cosines, sines)
    expected = torch.exp(1j * code.frequencies)
    after_cosines, after_sines = code.shown(after).chunk(2, dim=1)
    torch.testing.assert_close(torch.complex(after_cosines, after_sines)[:, :4], turned[:, :4] * expected)
    torch.testing.assert_close(torch.complex(after_cosines, after_sines)[:, 4:], turned[:, 4:])


def test_the_learned_code_is_the_published_recurrence():
    code = LearnedCode(N_ACTIONS, 6).double()
    torch.nn.init.normal_(code.transition, std=0.3)
    start = code.start(2, torch.Generator().manual_seed(0))
    actions = torch.tensor([[0, 3], [2, 2]])
    places, after = code.walk(start, actions)
    for walk in range(2):
        h = start[walk]
        for t in range(2):
            torch.testing.assert_close(places[walk, t], h)
            h = torch.tanh(h + h @ code.transition[actions[walk, t]])
        torch.testing.assert_close(after[walk], h)


def test_the_learned_code_starts_anywhere_and_stands_still():
    code = LearnedCode(N_ACTIONS, 128)
    starts = code.start(400, torch.Generator().manual_seed(0))
    assert starts.var().item() == pytest.approx(1 / 128, rel=0.05)
    _, after = code.walk(starts, torch.zeros(400, 1, dtype=torch.long))
    torch.testing.assert_close(after, starts.tanh())


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"window": 7}, "even number of steps.*got 7"),
        ({"n_units": 15}, "got 15"),
        ({"n_layers": 0}, "n_layers must be at least 1, got 0"),
        ({"n_heads": 0}, "n_heads must be at least 1, got 0"),
        ({"n_place": 6}, "multiple of 4 units, got 6"),
        ({"lattice": "hexagonal"}, "hexagonal lattice are 7.*got 5"),
        ({"activation": "swish"}, "swish"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(sizes, message):
    with pytest.raises(ValueError, match=message):
        make(**sizes)
